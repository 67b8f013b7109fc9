/* The ring's rule, enumerated: every order in which the feed's steps and the hardware's can come. Nothing in it ends, so what
 * spin explores is a fixpoint: all that can ever happen.
 *
 * HW is the three channels: D plays a slot in P ticks; C reads the next entry, and only later writes it to D, which moves the
 * pointer that the feed sees; S then wipes the entry. FEED is src/ring/ring.c as it stands: one atomic block here is one access
 * there (a look, a store), and the hardware may come between any two. run.sh compares the guards below with that file's.
 *
 * Entries have absolute numbers in C. Here they are distances from R, the pointer that is seen, plus Z; they shrink when R moves
 * and stop shrinking below what any guard can tell apart; the arrays turn with R. So the state space is finite without a horizon.
 *
 * What is proven, at every entry that C reads:
 *   no stale entry      nothing is read a lap after it was meant
 *   order               a run follows a run or a ramp, a tail follows the very entry that it falls from, a ramp follows silence
 *   nothing is lost     a run that was published is read; one that was taken back is not
 *   memory              no slot and no tail is written while D plays it, C holds it or the table names it
 * With BOUND set, no section of the feed is as long as a slot, and no publication may come out indeterminate. Without it any
 * section may be stalled for ever; then the feed may be wrong about a run, or leave a step in the sound, but only when it has
 * counted the publication as indeterminate, and stale entries and writes into memory that plays are still impossible.        */

#ifndef N
#define N 8                /* entries */
#endif
#ifndef P
#define P 1                /* ticks of D in a slot */
#endif
#ifndef BOUND
#define BOUND 99           /* ticks that may pass inside a section; 99: any number */
#endif
#ifndef PROMPT
#define PROMPT 1           /* from C's read to S's write only bus cycles pass: the feed does one access at most; 0: no such bound */
#endif
/* The guards of ring.c. */
#ifndef LOW
#define LOW 1              /* W >= R+1 */
#endif
#ifndef HIGH
#define HIGH 2             /* W+1 <= R+N-2 */
#endif
#ifndef FREE
#define FREE 2             /* memory of entry e is free once R >= e+2 */
#endif
#ifndef TAILS
#define TAILS 3
#endif
#ifndef SECOND_LOOK
#define SECOND_LOOK 1      /* R is looked at again after the stores */
#endif
#ifndef SETTLE
#define SETTLE 1           /* late stores are put back to silence */
#endif
#ifndef FAR_FIRST
#define FAR_FIRST 1        /* taking back begins at the farthest entry */
#endif
#ifndef FALL_FIRST
#define FALL_FIRST 1       /* a ramp comes behind the newest run's tail, not in its place */
#endif
#ifndef KEEP_LATE
#define KEEP_LATE 1        /* memory of an overtaken run is kept until R, as seen last, has passed */
#endif
#ifndef NAIVE
#define NAIVE 0            /* the rule that suggests itself: the entry is silence, so it is mine */
#endif
#ifndef TAILS_SUFFICE
#define TAILS_SUFFICE 0    /* also check that no publication waits for a tail alone, as long as the program goes on */
#endif
/* What the feed does besides publishing. */
#ifndef TAKE_BACK
#define TAKE_BACK 1
#endif
#ifndef REOPEN
#define REOPEN 1
#endif
#ifndef STOP
#define STOP 1
#endif

#ifndef WATCH
#define WATCH 1            /* watch the memory of one slot; tails are always watched */
#endif

#define Z 16

/* Contents of an entry: what, and what became of it. */
#define SIL   0
#define RUN   1            /* program frames */
#define RAMP  2            /* silence, then a rise */
#define MARK  3            /* stop */
#define TAIL  4            /* 4, 5, 6: which tail */
#define WHAT  7
#define OURS  8            /* its memory is the one slot that is watched */
#define READ  16           /* C has read it */
#define STALE 32           /* stored after C had read the entry: it would be read a lap later */
#define sound(c) (((c) & WHAT) == RUN || ((c) & WHAT) == RAMP)
#define is_tail(c) (((c) & WHAT) >= TAIL)

byte tab[N];
/* hardware */
bool sampled = false;      /* C has read entry R but not written it yet */
byte held = SIL;           /* what C has read */
byte playing = SIL;
bool wiping = false;       /* S has not yet written entry R-1 */
byte tick = P;
bool parked = false;
byte passed = 0;            /* scratch */
byte slack = 0;            /* accesses of the feed before C and S must have gone on */
bool loud = false;         /* what C read last ends in a frame that is not zero */
/* the feed's state in ring.c */
byte w = Z + 1;            /* W - R */
#if NAIVE
byte wx = 1;               /* its place, which that rule must remember */
#else
#define wx at(w)
#endif
byte tail_entry[3];        /* 0 free */
byte newest = 9;           /* 9: none */
byte slot_entry = 0;       /* of the watched slot: 0 free, 1 held by the feed */
bool slot_is_ramp = false;
bool open = false;
bool last_is_run = false;  /* the newest run is program */
bool ends_high[N];         /* the run at this entry ends in a frame that is not zero */
/* the feed's locals */
byte e;                    /* the section's entry - R */
byte x, t, tail_of[3];     /* its place; the tail; the place of the entry that each tail falls from */
bool from_zero[3];
byte what;                 /* what is published */
bool ours;                 /* in the watched slot */
bool heard, tail_passed, no_room, quiet, directly;
byte first, replaced;      /* of taking back, - R */
/* ghosts */
bool section = false;
byte ticks = 0;            /* in this section */
bool indeterminate = false, bad = false;
bool rendered = false;      /* tail t is being prepared */
bool stored, got;          /* the run is in the table; it was read since */
bool late_for_c;           /* it was stored between C's read and S's write */
byte confessed = 0;         /* entries up to here, - R, may be wrong: an indeterminate publication was counted */
bool doubt = false;         /* whether and where a stop mark was met: its publication was indeterminate */
byte doubled = 0;          /* farthest entry that was replaced after C had read it, - R; 0: none */

#define shrink(v, least) v = (v > least -> v - 1 : v)
#define at(distance) (((distance) + N - Z) % N) /* an entry's place in the arrays: R's is 0, R-1's is N-1 */
#define before_of(index) ((index + N - 1) % N)
#define behind(index) ((index + 1) % N)
#define latest(entry) ((entry) > Z -> (entry) : Z)
#define kept(entry) (KEEP_LATE -> latest(entry) : ((entry) > Z - FREE -> (entry) : 0))
#define newest_at(entry) (newest != 9 && tail_entry[newest] == (entry))

/* Something in the sound is wrong. Only a stalled section may do that, and must confess it; what it confesses to are entries up
 * to the last that it stored. */
inline wrong() {
    assert(BOUND == 99 && (section || confessed >= Z));
    bad = bad || confessed < Z
}
#define confess(entry) confessed = (!indeterminate -> confessed : ((entry) > Z + 1 -> (entry) : Z + 1))

/* ---- hardware -------------------------------------------------------------------------------------------------------- */

inline c_reads() {
    held = tab[0];
    assert(!(held & READ));
    if
    :: held & STALE -> assert(section); wrong() /* read a lap late: only while the section that stored it is stalled */
    :: (held & WHAT) == RUN && !loud -> wrong()
    :: (held & WHAT) == RAMP && loud -> wrong()
    :: (held & WHAT) == SIL && loud -> wrong()
    :: is_tail(held) && (from_zero[(held & WHAT) - TAIL] == loud ||
                         tail_of[(held & WHAT) - TAIL] != N - 1) -> wrong()
    :: else
    fi;
    held = held & (WHAT | OURS);
    got = got || (stored && x == 0 && (held & WHAT) == what);
    loud = sound(held);
    tab[0] = held | READ;
    sampled = true;
    slack = PROMPT
}

inline r_moves() {
    byte i = 0;
    shrink(w, Z - 3);
    shrink(e, Z - 3);
    shrink(first, Z - 3);
    shrink(replaced, Z - 3);
    shrink(doubled, 0);
    confessed = (confessed > Z -> confessed - 1 : 0);
    do
    :: i < TAILS ->
        shrink(tail_entry[i], 0);
        tail_of[i] = (tail_entry[i] || (rendered && i == t) -> before_of(tail_of[i]) : 0);
        if
        :: tail_entry[i] <= Z - FREE -> tail_entry[i] = 0; newest = (newest == i -> 9 : newest)
        :: else
        fi;
        i++
    :: else -> break
    od;
    if
    :: slot_entry > 1 -> slot_entry = (slot_entry - 1 > Z - FREE -> slot_entry - 1 : 0)
    :: else
    fi;
    /* the arrays turn */
    x = (section -> before_of(x) : 0);
#if NAIVE
    wx = before_of(wx);
#endif
    passed = tab[0];
    i = 0;
    do
    :: i < N - 1 -> tab[i] = tab[i + 1]; ends_high[i] = ends_high[i + 1]; i++
    :: else -> break
    od;
    tab[N - 1] = passed;
    ends_high[N - 1] = false; /* nobody asks any more */
    passed = 0;
    i = 0
}

active proctype HW() {
    do
    :: d_step { !parked && tick < P && (!section || BOUND == 99 || ticks < BOUND) ->
           tick++;
           ticks = (section && BOUND != 99 -> ticks + 1 : 0) }
    :: d_step { !parked && tick == P && !sampled && !wiping -> c_reads() }
    :: d_step { sampled ->
           playing = (is_tail(held) -> held & WHAT : held & OURS); /* as far as it matters */
           parked = (held & WHAT) == MARK;
           held = SIL;
           sampled = false;
           wiping = true;
           slack = PROMPT;
           tick = 0;
           r_moves() }
    :: d_step { wiping ->
           assert((tab[N - 1] & (READ | STALE)) || tab[N - 1] == SIL); /* not what is meant for the next lap */
           tab[N - 1] = SIL;
           wiping = false;
           slack = 0 }
    od
}

/* ---- the feed's accesses --------------------------------------------------------------------------------------------- */

/* May there be one now? */
#define may (!PROMPT || !(sampled || wiping) || slack > 0)
inline access() {
    slack = (PROMPT && (sampled || wiping) -> slack - 1 : 0)
}

inline assert_idle(memory, mask) {
    byte k = 0;
    assert((playing & mask) != memory);
    assert(!sampled || (held & mask) != memory);
    do
    :: k < N ->
        assert((tab[k] & (mask | READ)) != memory);
        k++
    :: else -> break
    od;
    k = 0
}

inline free_tail() {
    t = 0;
    do
    :: t < TAILS && tail_entry[t] -> t++
    :: else -> break
    od
}

inline render(index) { /* tail t, from the end of the entry at this index */
    assert_idle(TAIL + t, WHAT);
    rendered = true;
    tail_of[t] = index;
    from_zero[t] = !ends_high[index]
}

inline store(index, distance, content) {
    doubled = ((tab[index] & READ) && distance > doubled -> distance : doubled);
    tab[index] = ((content) != SIL && (distance < Z || (distance == Z && sampled)) -> (content) | STALE : (content))
}

inline lock() {
    d_step { may -> access(); section = true }
}

inline forget_free_tails() { /* fewer states */
    byte f = 0;
    do
    :: f < TAILS ->
        tail_of[f] = (tail_entry[f] -> tail_of[f] : 0);
        from_zero[f] = (tail_entry[f] -> from_zero[f] : false);
        f++
    :: else -> break
    od;
    f = 0
}

inline unlock() {
    assert(!bad || indeterminate);
    assert(BOUND == 99 || !indeterminate);
    section = false; ticks = 0;
    bad = false; indeterminate = false;
    stored = false; got = false; late_for_c = false; doubled = 0;
    e = Z; x = 0; t = 0; what = SIL; ours = false;
    rendered = false; forget_free_tails();
    heard = false; tail_passed = false; no_room = false; quiet = false;
    first = Z; replaced = Z; directly = false
}

/* ---- publishing: publish_with_tail, store_run, settle_late_stores, account --------------------------------------------- */

inline look_for_place() {
    e = w; x = wx;
#if NAIVE
    no_room = !((tab[x] & WHAT) == SIL || is_tail(tab[x]))
#else
    if
    :: FALL_FIRST && what == RAMP && newest_at(w) -> e++; x = behind(x)
    :: else
    fi;
    if
    :: e < Z + LOW && what == RUN -> quiet = true
    :: e < Z + LOW && what == RAMP -> e = Z + LOW; x = at(e)
    :: else
    fi;
    no_room = !quiet && e + 1 > Z + N - HIGH
#endif
}

inline store_run() {
    d_step { may -> access();
        assert(!sound(tab[x]) || (tab[x] & (READ | STALE))); /* no run is written over */
        late_for_c = (x == 0 && sampled) || (x == N - 1 && wiping);
        stored = true;
        store(x, e, what | (ours -> OURS : 0)) };
    d_step { may -> access();
        tail_of[t] = x;
        from_zero[t] = false;
        store(behind(x), e + 1, TAIL + t) }
}

inline settle() {
    heard = true;
#if SECOND_LOOK
    d_step { may -> access(); indeterminate = e < Z; tail_passed = e + 1 < Z };
    if
    :: indeterminate ->
        d_step { may -> access() }; /* the timer once more */
#if SETTLE
        d_step { may -> access();
            heard = (tab[x] & WHAT) != what;
            /* "Heard" is true but for a store between C and S, "not heard" but for a check between them a lap later. */
            assert(!PROMPT || !heard || got || late_for_c);
            assert(!PROMPT || heard || !got || sampled || wiping) };
        if
        :: !heard -> d_step { may -> access(); tab[x] = SIL }
        :: else
        fi;
        d_step { may -> access(); tail_passed = (tail_passed || !heard) && (tab[behind(x)] & WHAT) == TAIL + t };
        if
        :: tail_passed -> d_step { may -> access(); tab[behind(x)] = SIL }
        :: else
        fi;
        d_step { may -> access() }; /* a last look */
#endif
    :: else
    fi;
#endif
    d_step { assert(indeterminate || got || (tab[x] & (WHAT | STALE | READ)) == what) } /* in time indeed */
}

inline account() {
    if
    :: newest_at(e) && e == w && e >= Z -> tail_entry[newest] = 0
    :: else
    fi;
    newest = t;
    tail_entry[t] = kept(e + 1);
    if
    :: e != w && w >= Z -> ends_high[wx] = false
    :: else
    fi;
    ends_high[before_of(x)] = ends_high[before_of(x)] && e == w;
    ends_high[x] = true;
    slot_entry = (ours -> kept(e) : slot_entry);
    slot_is_ramp = (ours -> what == RAMP : slot_is_ramp);
    last_is_run = what == RUN;
    w = e + 1;
#if NAIVE
    wx = behind(x);
#endif
    open = true
}

inline publish() {
    d_step { may -> access(); free_tail() };
    if
    :: t < TAILS ->
        d_step { assert_idle(TAIL + t, WHAT); rendered = true };
        lock();
        d_step { may -> access(); look_for_place() };
        if
        :: quiet || no_room -> d_step {
               open = open && !quiet;
               slot_entry = (ours && what == RAMP -> 0 : slot_entry);
               unlock() }
        :: else ->
            store_run();
            settle();
            d_step {
                if
                :: heard -> account()
                :: else ->
                    tail_entry[t] = kept(e + 1);
                    slot_entry = (ours && what == RAMP -> (KEEP_LATE -> Z : 0) : slot_entry);
                    open = false
                fi;
                confess(e + 1);
                unlock() }
        fi
    :: else -> d_step {
           assert(!TAILS_SUFFICE || w + 1 > Z + N - HIGH);
           slot_entry = (ours && what == RAMP -> 0 : slot_entry);
           unlock() }
    fi
}

/* ---- taking back: cut_after, replace_entries --------------------------------------------------------------------------- */

inline free_tails_from(entry) {
    byte n = 0;
    do
    :: n < TAILS ->
        tail_entry[n] = (tail_entry[n] >= entry -> 0 : tail_entry[n]);
        n++
    :: else -> break
    od;
    n = 0;
    newest = 9
}

#define replaced_is(entry) replaced = entry; assert(doubled < replaced) /* nothing that was heard is taken back */

inline replace_entries() {
#if FAR_FIRST
    do
    :: e > first ->
        d_step { may -> access(); store(x, e, SIL); ends_high[x] = false };
        d_step { may -> access();
            if
            :: e < Z -> replaced_is(e + 1); no_room = true
            :: e == Z -> replaced_is(e); no_room = true
            :: else -> e--; x = before_of(x)
            fi };
        if
        :: no_room -> break
        :: else
        fi
    :: else -> break
    od;
    if
    :: !no_room ->
        d_step { may -> access(); store(x, e, TAIL + t); ends_high[x] = false };
        d_step { may -> access(); heard = first < Z };
        if
        :: !heard -> d_step { replaced_is(first) }
        :: else ->
            d_step { may -> access() };
            d_step { may -> access();
                if
                :: (tab[x] & WHAT) == TAIL + t -> tab[x] = SIL; replaced_is(first + 1)
                :: else -> replaced = first
                fi }
        fi
    :: else
    fi;
#else
    /* Near to far; what is passed counts from the nearest on. */
    atomic { replaced = first; e = first; x = at(e) };
    do
    :: e <= w ->
        d_step { may -> access(); store(x, e, (e == first -> TAIL + t : SIL)); ends_high[x] = false };
        d_step { may -> access();
            replaced = (e < Z -> e + 1 : replaced);
            e++; x = behind(x) }
    :: else -> break
    od;
    assert(doubled < replaced);
#endif
    d_step { indeterminate = first < Z }
}

inline take_back() {
    d_step { may -> access(); first = Z + 1; free_tail(); no_room = w <= Z + 1 || t == TAILS };
    if
    :: no_room -> d_step { unlock() }
    :: else ->
        d_step { render(at(first - 1)) };
        lock();
        d_step { may -> access(); quiet = first != Z + 1; e = w; x = wx };
        if
        :: quiet -> d_step { unlock() } /* too late for this fall */
        :: else ->
            replace_entries();
            d_step {
                free_tails_from(replaced + indeterminate);
                tail_entry[t] = kept(first);
                slot_entry = (slot_entry > 1 && slot_entry >= replaced -> (!slot_is_ramp -> 1 : (indeterminate -> Z : 0)) : slot_entry);
                w = (replaced > first -> replaced : first + 1);
                open = false;
                last_is_run = false;
                confess(replaced + 1);
                unlock() }
        fi
    fi
}

/* ---- a program that goes on: ta_ring_reopen, its last run not full ------------------------------------------------------- */

inline reopen() {
    d_step { may -> access(); free_tail(); no_room = w < Z + 2 || t == TAILS };
    if
    :: no_room -> d_step { unlock() }
    :: else ->
        d_step { render(before_of(before_of(wx))) };
        lock();
        d_step { may -> access(); quiet = w < Z + 2; e = w - 1; x = before_of(wx) };
        if
        :: quiet -> d_step { unlock() }
        :: else ->
            d_step { may -> access(); store(x, e, TAIL + t) };
            d_step { may -> access(); store(behind(x), e + 1, SIL) };
            d_step { may -> access(); indeterminate = e < Z };
            if
            :: indeterminate ->
                d_step { may -> access() };
                d_step { may -> access();
                    tab[x] = ((tab[x] & WHAT) == TAIL + t -> SIL : tab[x]);
                    tail_entry[t] = kept(e);
                    confess(e + 1) };
            :: else -> d_step {
                assert(doubled < e);
                free_tails_from(e + 1);
                tail_entry[t] = e;
                newest = t;
                slot_entry = (slot_entry == e -> 1 : slot_entry);
                ends_high[x] = false;
                w--;
                last_is_run = false; /* what comes before may be a ramp */
                open = true }
            fi;
            d_step { unlock() }
        fi
    fi
}

/* ---- standing still and going on: store_stop, ta_ring_continue ---------------------------------------------------------- */

inline go_on() {
    atomic {
        byte m = 0;
        assert(doubt || e == Z - 1);
        do
        :: m < N -> tab[m] = SIL; ends_high[m] = false; m++
        :: else -> break
        od;
        m = 0;
        do
        :: m < TAILS -> tail_entry[m] = 0; m++
        :: else -> break
        od;
        m = 0;
        tail_of[0] = N - 1;
        from_zero[0] = true;
        tab[0] = TAIL;
        tail_entry[0] = Z;
        newest = 9;
        slot_entry = (slot_entry > 1 -> 0 : slot_entry);
        w = Z + 1;
        playing = SIL; loud = false;
        tick = P;
        parked = false;
        doubt = false;
        e = Z }
}

inline stop() {
    lock();
    d_step { may -> access();
        e = (directly -> w : w + 1);
        e = (e < Z + 1 -> Z + 1 : e);
        x = at(e);
        no_room = e > Z + N - HIGH };
    if
    :: no_room -> d_step { unlock() }
    :: else ->
        d_step { may -> access(); store(x, e, MARK) };
        d_step { may -> access(); indeterminate = e < Z; doubt = doubt || indeterminate };
        if
        :: indeterminate ->
            d_step { may -> access() };
            d_step { may -> access(); no_room = (tab[x] & WHAT) == MARK; tab[x] = (no_room -> SIL : tab[x]) }
        :: else
        fi;
        if
        :: no_room -> d_step { unlock() } /* the caller repeats it */
        :: else ->
            d_step {
                confess(e + 1);
                newest = 9;
                open = false;
                last_is_run = false;
                section = false; ticks = 0; bad = false; indeterminate = false };
            do
            :: !no_room && parked && !wiping -> go_on(); no_room = true
            :: !no_room && !parked && e < Z - 1 -> assert(doubt); no_room = true /* it was stored between C's read and S's write */
            :: no_room -> break
            od;
            atomic { unlock() }
        fi
    fi
}

/* ---- what the feed does, in any order ---------------------------------------------------------------------------------- */

active proctype FEED() {
    do
#if WATCH
    :: d_step { slot_entry == 0 -> assert_idle(OURS, OURS); slot_entry = 1 } /* fill the watched slot */
#endif
    :: if
       :: d_step { open -> what = RUN; ours = slot_entry == 1 }
       :: d_step { !open -> what = RAMP; ours = false }
#if WATCH
       :: d_step { !open && slot_entry == 0 -> assert_idle(OURS, OURS); what = RAMP; slot_entry = 1; ours = true }
#endif
       fi;
       publish()
    :: d_step { open && !TAILS_SUFFICE -> open = false } /* the program ends; or a pause has nothing to take back */
#if TAKE_BACK
    :: take_back()
#endif
#if REOPEN
    :: last_is_run && !open -> reopen()
    :: d_step { last_is_run && !open && w >= Z + 1 -> open = true } /* its last run was full */
#endif
#if STOP
    :: if
       :: directly = true
       :: directly = false
       fi;
       stop()
#endif
    od
}
