# shellcheck shell=sh
# Packages of Debian 13 (trixie) on a machine of another release, without a change to the machine's own apt. To be sourced.
# In: the machine's own apt sources, read at run time with the suite replaced, so that its mirror and its proxy are used
# and no host is named here; the archive's keys are those that the machine trusts already.
# Out: files in a folder of the caller's. Invariant: lists, state and cache lie in that folder and nowhere else; every file
# has the SHA-256 that the caller pins.

trixie_suite=trixie

# "uri<TAB>keyring" for each source of this machine's own release, from both of apt's formats.
trixie_sources() {
    # shellcheck disable=SC1091
    trixie_codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
    for trixie_file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$trixie_file" ] || continue
        awk -v suite="$trixie_codename" '
            function flush(  i) { if (found) for (i = 1; i <= uris; i++) print uri[i] "\t" key; uris = 0; key = ""; found = 0 }
            /^[ \t]*$/ { flush(); next }
            /^#/ { next }
            tolower($1) == "uris:" { for (i = 2; i <= NF; i++) uri[++uris] = $i }
            tolower($1) == "signed-by:" && $2 ~ /^\// { key = $2 }
            tolower($1) == "suites:" { for (i = 2; i <= NF; i++) if ($i == suite) found = 1 }
            END { flush() }' "$trixie_file"
    done
    for trixie_file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$trixie_file" ] || continue
        awk -v suite="$trixie_codename" '$1 == "deb" {
                key = ""
                if (match($0, /signed-by=[^] ]*/)) key = substr($0, RSTART + 10, RLENGTH - 10)
                sub(/\[[^]]*\] */, "")
                if ($3 == suite) print $2 "\t" key
            }' "$trixie_file"
    done
}

# apt-get with the private configuration in folder $1; the rest are its arguments.
trixie_apt_get() {
    trixie_home=$1
    shift
    apt-get -oDir::Etc::sourcelist="$trixie_home/sources.list" -oDir::Etc::sourceparts="$trixie_home/parts" \
        -oDir::State="$trixie_home/state" -oDir::State::lists="$trixie_home/lists" \
        -oDir::State::status="$trixie_home/status" -oDir::Cache="$trixie_home/cache" -oAPT::Get::List-Cleanup=0 \
        -oAcquire::Languages=none -oAPT::Sandbox::User=root -oAcquire::Retries=2 "$@"
}

# trixie_fetch TYPE PACKAGE VERSION FOLDER: download a package (TYPE deb: its .deb; deb-src: its source files) into FOLDER.
# Everything that apt says goes to stderr. Fails when apt is missing, or the machine has no source to derive from, or the
# version is not there.
trixie_fetch() {
    trixie_type=$1 trixie_package=$2 trixie_version=$3
    command -v apt-get >/dev/null || { echo "trixie: no apt-get on this machine" >&2; return 1; }
    mkdir -p "$4" || return 1
    trixie_folder=$(cd "$4" && pwd)
    trixie_home=$trixie_folder/apt-$trixie_type
    mkdir -p "$trixie_home/lists/partial" "$trixie_home/state" "$trixie_home/cache/archives/partial" "$trixie_home/parts"
    : >"$trixie_home/status"
    trixie_sources | sort -u | while IFS="$(printf '\t')" read -r trixie_uri trixie_key; do
        echo "$trixie_type ${trixie_key:+[signed-by=$trixie_key] }$trixie_uri $trixie_suite main"
    done >"$trixie_home/sources.list"
    if ! [ -s "$trixie_home/sources.list" ]; then
        echo "trixie: this machine has no apt source of its own release to derive $trixie_suite from" >&2
        return 1
    fi
    trixie_apt_get "$trixie_home" -qq update >&2 || return 1
    case $trixie_type in
    deb) (cd "$trixie_folder" && trixie_apt_get "$trixie_home" -qq download "$trixie_package=$trixie_version") >&2 ;;
    deb-src)
        (cd "$trixie_folder" && trixie_apt_get "$trixie_home" -qq source --download-only "$trixie_package=$trixie_version") >&2
        ;;
    esac
}

# trixie_check FILE SHA256
trixie_check() {
    echo "$2  $1" | sha256sum --check --status || {
        echo "trixie: $1 does not have the pinned SHA-256 $2" >&2
        return 1
    }
}
