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

# A program of apt's with the private configuration in folder trixie_home; the rest are its arguments.
trixie_with_config() {
    trixie_program=$1
    shift
    "$trixie_program" -oDir::Etc::sourcelist="$trixie_home/sources.list" -oDir::Etc::sourceparts="$trixie_home/parts" \
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
    trixie_with_config apt-get -qq update >&2 || return 1
    case $trixie_type in
    deb) (cd "$trixie_folder" && trixie_with_config apt-get -qq download "$trixie_package=$trixie_version") >&2 ;;
    deb-src)
        (cd "$trixie_folder" && trixie_with_config apt-get -qq source --download-only "$trixie_package=$trixie_version") >&2
        ;;
    esac
}

# What the mirror has of source package $1 after trixie_fetch into folder $2, on one line.
trixie_versions() {
    trixie_home=$2/apt-deb-src
    trixie_with_config apt-cache showsrc --only-source "$1" 2>/dev/null | awk '$1 == "Version:" { print $2 }' | sort -u | tr '\n' ' '
}

# trixie_tree PACKAGE VERSION TARBALL SHA256 KNOB PROOF WANTED FOLDER [tar option...]: the upstream source of a source package as
# FOLDER/PACKAGE-X.Y.Z, or the tree that the environment's variable KNOB names, which must have the file PROOF. WANTED: such a tree in words. Out: one
# line on stdout, the tree. The caller has say and die, and prune FOLDER, which takes away what nobody needs of the unpacked tree.
trixie_tree() {
    tree_package=$1 tree_version=$2 tree_tarball=$3 tree_sha256=$4 tree_knob=$5 tree_proof=$6 tree_wanted=$7 tree_work=$8
    shift 8
    eval "tree_given=\${$tree_knob:-}"
    if [ -n "$tree_given" ]; then
        [ -f "$tree_given/$tree_proof" ] || die "$tree_knob=$tree_given has no $tree_proof"
        say "using $tree_given, as $tree_knob says; its version is not checked"
        (cd "$tree_given" && pwd)
        return
    fi
    mkdir -p "$tree_work"
    tree_work=$(cd "$tree_work" && pwd)
    tree=$tree_work/$tree_package-${tree_version%%[-+]*}
    tree_stamp=$tree/.unpacked-from # written last, so that a tree which was only half unpacked is not taken for a whole one
    if [ "$(cat "$tree_stamp" 2>/dev/null)" = "$tree_sha256" ]; then
        echo "$tree"
        return
    fi
    if [ ! -f "$tree_work/$tree_tarball" ]; then
        say "fetching the source of $tree_package $tree_version (Debian 13)"
        trixie_fetch deb-src "$tree_package" "$tree_version" "$tree_work" || {
            tree_there=$(trixie_versions "$tree_package" "$tree_work")
            [ -z "$tree_there" ] || say "the mirror has $tree_package ${tree_there% } now: pin that in $0 (version, tarball, tarball_sha256), or name a tree"
            die "$tree_package $tree_version cannot be downloaded; set $tree_knob to a $tree_wanted"
        }
    fi
    [ -f "$tree_work/$tree_tarball" ] || die "apt-get gave no $tree_tarball"
    trixie_check "$tree_work/$tree_tarball" "$tree_sha256" || exit 1
    rm -rf "$tree_work/unpack" "$tree" "$tree_work/apt-deb-src"
    mkdir -p "$tree_work/unpack"
    tar -xf "$tree_work/$tree_tarball" -C "$tree_work/unpack" --strip-components=1 "$@" || die "$tree_tarball cannot be unpacked"
    prune "$tree_work/unpack"
    mv "$tree_work/unpack" "$tree"
    echo "$tree_sha256" >"$tree_stamp"
    echo "$tree"
}

# trixie_check FILE SHA256
trixie_check() {
    echo "$2  $1" | sha256sum --check --status || {
        echo "trixie: $1 does not have the pinned SHA-256 $2" >&2
        return 1
    }
}
