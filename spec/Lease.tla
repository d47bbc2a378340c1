-------------------------------- MODULE Lease --------------------------------
\* What an environment of join remembers of one event: when may it refuse a claim without asking the gate?
\* docs/protocol.md has the guarantees beside the invariants, what is abstracted, and a counterexample for each fault.
\*
\* Environments share nothing, so the model has no list of them, and holds for any number. Each refusal by the gate is a
\* lease that some environment holds; each set of winners that can be read has been read by it.
\*
\* Time is the number of ticks that are left. A tick may come or not at any moment: an environment that does nothing is
\* slow, or frozen. A claim is sent, decided and answered in one moment. That is the hardest case: a lease that counts
\* from an earlier moment is shorter, and an answer that comes later refuses fewer users who ask after it.
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Users, Capacity, MaxCapacity,
  LeaseTime,         \* how long an environment repeats a refusal
  Drift,             \* how much longer that may last, since its clock is not the gate's
  Margin,            \* how long before an opening or closing time it stops
  Wait,              \* how long a change waits for leases
  Horizon,           \* how far away opening and closing times are
  MaxChanges,        \* changes of the rules
  MaxLosses,         \* how often Redis loses memory
  MaxEvictions,      \* how often it evicts the filter
  Faults             \* steps that are left out or wrong: {} is the protocol

ASSUME Wait >= LeaseTime + Drift /\ Margin >= Drift /\ Horizon >= Wait

VARIABLES
  gate,      \* the gate: its state, the rules, the entries, the filter of confirmed entries
  leases,    \* refusals that may be repeated: verdict, epoch, number of entries, ticks left
  views,     \* sets of winners that were read, with the epoch and the number of entries that they are valid for
  reading,   \* a view of which the first half was read (a fault)
  refused,   \* whether a user was told that all seats are taken, and no seat was added since
  used       \* how much of each bound is used

vars == <<gate, leases, views, reading, refused, used>>
memory == <<leases, reading, refused>>

Fault(name) == name \in Faults
Never == 99
Refusals == {"LIMIT_EXCEEDED", "NOT_OPEN", "CLOSED"}
Size(S) == Cardinality(S)
Min(a, b) == IF a < b THEN a ELSE b
Less(t) == IF t \in {0, Never} THEN t ELSE t - 1
IsFull(g) == Size(g.entries) >= g.capacity

\* ---- the gate
Init ==
  /\ \E opens \in {0, Horizon}, closes \in {Horizon + 1, Never} :
       gate = [state |-> "open",                        \* or lost, or frozen while it is rebuilt
               epoch |-> 1,
               entries |-> {}, pending |-> {},          \* users
               hidden |-> [u \in Users |-> 0],          \* ticks until a reclaimed entry counts
               lost |-> {},                             \* users whose entry was lost, and whose record may land late
               filter |-> [exists |-> TRUE, users |-> {}, count |-> 0],
               status |-> "OPEN", capacity |-> Capacity,
               opens |-> opens, closes |-> closes,      \* ticks until then
               wait |-> 0,                              \* ticks until a change counts, or a rebuild may reopen
               announced |-> FALSE]                     \* a wait was written without its change (a fault)
  /\ leases = {} /\ views = {[epoch |-> 1, entries |-> 0, users |-> {}]} /\ reading = {} /\ refused = FALSE
  /\ used = [changes |-> 0, losses |-> 0, evictions |-> 0]

\* What an open gate says to u. Every script checks the run id, so that any other gate says GATE_LOST.
OpenVerdict(u) ==
  IF u \in gate.entries THEN (IF gate.hidden[u] > 0 THEN "PAUSED" ELSE "DUPLICATE")
  ELSE IF gate.wait > 0 \/ gate.status = "PAUSED" THEN "PAUSED"
  ELSE IF gate.status = "CLOSED" \/ gate.closes = 0 THEN "CLOSED"
  ELSE IF gate.opens > 0 THEN "NOT_OPEN"
  ELSE IF IsFull(gate) THEN "LIMIT_EXCEEDED" ELSE "SUCCESS"
Verdict(u) == IF gate.state = "open" THEN OpenVerdict(u) ELSE "GATE_LOST"

\* A view is complete if the filter and the pending entries are as many as the entries. Entries never shrink within an
\* epoch, so that a view stays true for its epoch and number; that it is read is therefore no step of its own.
IsComplete(g) ==
  /\ g.filter.exists \/ Fault("a missing filter is empty")
  /\ g.filter.count + Size(g.pending) = Size(g.entries) \/ Fault("a view need not be complete")
Readable(g) == IF g.state = "open" /\ IsComplete(g)
               THEN {[epoch |-> g.epoch, entries |-> Size(g.entries), users |-> g.filter.users \cup g.pending]} ELSE {}
Become(g) == gate' = g /\ views' = views \cup Readable(g)

Win(u) ==
  /\ Verdict(u) = "SUCCESS"
  /\ Become([gate EXCEPT !.entries = @ \cup {u}, !.pending = @ \cup {u}, !.lost = @ \ {u}])
  /\ UNCHANGED <<memory, used>>

\* persist, after its commit: one script changes pending, bits and count.
Confirm(u) ==
  /\ gate.state = "open" /\ u \in gate.pending
  /\ LET f == gate.filter
         isAdded == f.exists \/ Fault("confirm creates the filter")
         filter == IF ~isAdded THEN f
                   ELSE [exists |-> TRUE, count |-> f.count + 1,
                         users |-> IF Fault("bits after the count") THEN f.users ELSE f.users \cup {u}]
     IN Become([gate EXCEPT !.pending = @ \ {u}, !.filter = filter])
  /\ UNCHANGED <<memory, used>>
SetBits(u) ==
  /\ Fault("bits after the count") /\ gate.filter.exists /\ u \in gate.entries \ gate.pending
  /\ Become([gate EXCEPT !.filter.users = @ \cup {u}])
  /\ UNCHANGED <<memory, used>>
Evict ==
  /\ gate.filter.exists /\ used.evictions < MaxEvictions /\ used' = [used EXCEPT !.evictions = @ + 1]
  /\ Become([gate EXCEPT !.filter = [exists |-> FALSE, users |-> {},
                                     count |-> IF Fault("the count is kept apart") THEN @.count ELSE 0]])
  /\ UNCHANGED memory

\* ---- an environment
\* A lease lasts for LeaseTime, and not beyond the next opening or closing time, less a margin.
ToNextTime == IF gate.opens > 0 THEN gate.opens ELSE IF gate.closes > 0 THEN gate.closes ELSE Never
Length(verdict) ==
  IF verdict # "NOT_OPEN" /\ Fault("only NOT_OPEN ends with the next time") THEN LeaseTime
  ELSE LET left == IF Fault("no margin") THEN ToNextTime
                   ELSE IF ToNextTime > Margin THEN ToNextTime - Margin ELSE 0
       IN Min(LeaseTime, left)
\* Of leases that differ only in length the longest is enough.
Same(a, b) == a.verdict = b.verdict /\ a.epoch = b.epoch /\ a.entries = b.entries
Longest(S) == {l \in S : \A other \in S : Same(l, other) => l.left >= other.left}
Refuse(u) ==
  LET verdict == IF gate.state # "open" /\ Fault("an old server answers") THEN OpenVerdict(u) ELSE Verdict(u)
      left == Length(verdict) + Drift
      lease == [verdict |-> verdict, epoch |-> gate.epoch, entries |-> Size(gate.entries), left |-> left]
  IN
  /\ verdict \in Refusals
  /\ leases' = IF left > 0 THEN Longest(leases \cup {lease}) ELSE leases
  /\ refused' = (refused \/ verdict = "LIMIT_EXCEEDED")
  /\ UNCHANGED <<gate, views, reading, used>>

\* Without entries nothing has to be read. A filter's false positives only make an environment ask: they are left out.
MayRefuse(u, lease) ==
  \/ lease.entries = 0
  \/ \E view \in views :
       /\ lease.epoch = view.epoch \/ Fault("the epoch is not compared")
       /\ lease.entries = view.entries \/ Fault("the number is not compared")
       /\ u \notin view.users
RefuseFromMemory(u) ==
  /\ \E lease \in leases : lease.verdict = "LIMIT_EXCEEDED" /\ MayRefuse(u, lease)
  /\ refused' = TRUE
  /\ UNCHANGED <<gate, leases, views, reading, used>>

\* Two faults of reading. While a gate is frozen, its entries are not yet those of the epoch that it reopens with.
ReadFrozen ==
  /\ Fault("winners are read from a frozen gate") /\ gate.state = "frozen"
  /\ \E S \in SUBSET (gate.entries \cup gate.lost) :
       views' = views \cup {[epoch |-> gate.epoch + 1, entries |-> Size(S), users |-> S]}
  /\ UNCHANGED <<gate, memory, used>>
ReadFilter ==
  /\ Fault("winners are read in two steps") /\ gate.state = "open"
  /\ reading' = {[epoch |-> gate.epoch, entries |-> Size(gate.entries), users |-> gate.filter.users]}
  /\ UNCHANGED <<gate, leases, views, refused, used>>
ReadPending == \E half \in reading :
  /\ gate.state = "open" /\ Size(half.users) + Size(gate.pending) = half.entries
  /\ views' = views \cup {[half EXCEPT !.users = @ \cup gate.pending]}
  /\ reading' = {}
  /\ UNCHANGED <<gate, leases, refused, used>>

\* ---- changes of the rules: one script writes the change and how long it waits
Change(new, waits) ==
  /\ gate.state = "open" /\ used.changes < MaxChanges /\ used' = [used EXCEPT !.changes = @ + 1]
  /\ gate.announced \/ ~Fault("the wait is written apart")
  /\ LET wait == IF Fault("the wait is written apart") THEN gate.wait
                 ELSE IF waits THEN Wait - (IF Fault("the wait is as short as a lease") THEN Drift ELSE 0)
                 ELSE IF Fault("a change ends the wait") THEN 0 ELSE gate.wait
     IN Become([new EXCEPT !.wait = wait, !.announced = FALSE])
  /\ refused' = (refused /\ (IsFull(new) \/ ~Fault("judged from when it is written")))
  /\ UNCHANGED <<leases, reading>>
Announce ==
  /\ Fault("the wait is written apart") /\ gate.state = "open" /\ ~gate.announced
  /\ Become([gate EXCEPT !.wait = Wait, !.announced = TRUE])
  /\ UNCHANGED <<memory, used>>

\* More seats while seats are left change no verdict.
SetCapacity(n) ==
  /\ n # gate.capacity /\ n >= Size(gate.entries)
  /\ Change([gate EXCEPT !.capacity = n],
            n < gate.capacity \/ (IsFull(gate) /\ ~Fault("seats are added at once")))
SetStatus(status) ==
  /\ status # gate.status
  /\ Change([gate EXCEPT !.status = status],
            CASE status = "PAUSED" -> ~Fault("pausing at once")
              [] status = "CLOSED" -> ~Fault("closing at once")
              [] gate.status = "PAUSED" -> ~Fault("leaving PAUSED at once")
              [] OTHER -> ~Fault("reopening at once"))
\* An opening is not moved to before the end of the wait.
SetTimes == \E opens \in 0..Horizon, closes \in {gate.closes, 1, Horizon + 1, Never} :
  /\ <<opens, closes>> # <<gate.opens, gate.closes>> /\ opens < closes
  /\ opens = gate.opens \/ opens >= Wait \/ Fault("an opening within the wait")
  /\ Change([gate EXCEPT !.opens = opens, !.closes = closes], ~Fault("times change at once"))
Release(u) ==      \* the seat of an entry is freed within an epoch
  /\ Fault("entries shrink") /\ u \in gate.filter.users
  /\ Change([gate EXCEPT !.entries = @ \ {u}, !.filter.users = @ \ {u}, !.filter.count = @ - 1], TRUE)

\* ---- loss, rebuild, reclaimed entries
\* What is confirmed has a row; what is pending may come back in a rebuild, or later with its record, or never.
LoseMemory ==
  /\ gate.state = "open" /\ used.losses < MaxLosses /\ used' = [used EXCEPT !.losses = @ + 1]
  /\ IF Fault("the run id is not checked")
     THEN \E kept \in SUBSET gate.pending :
            Become([gate EXCEPT !.entries = (@ \ gate.pending) \cup kept, !.pending = kept, !.wait = 0])
     ELSE Become([gate EXCEPT !.state = "lost", !.wait = 0, !.announced = FALSE])
  /\ UNCHANGED memory
\* The old server is certainly silent.
Freeze ==
  /\ gate.state = "lost"
  /\ Become([gate EXCEPT !.state = "frozen", !.wait = IF Fault("a rebuild reopens at once") THEN 0 ELSE Wait])
  /\ UNCHANGED <<memory, used>>
Reopen ==
  /\ gate.state = "frozen" /\ gate.wait = 0
  /\ LET rows == gate.entries \ gate.pending IN
     \E carried \in SUBSET (gate.pending \cup gate.lost) :
       /\ Size(rows \cup carried) <= gate.capacity
       /\ Become([gate EXCEPT !.state = "open", !.epoch = IF Fault("an epoch is used again") THEN @ ELSE @ + 1,
                    !.entries = rows \cup carried, !.pending = carried, !.hidden = [u \in Users |-> 0],
                    !.lost = (gate.pending \cup @) \ carried,
                    !.filter = [exists |-> TRUE, users |-> rows, count |-> Size(rows)]])
  /\ refused' = FALSE
  /\ UNCHANGED <<leases, reading, used>>
\* A late record lands, and persist reclaims its seat, which is free.
Reclaim(u) ==
  /\ gate.state = "open" /\ u \in gate.lost /\ ~IsFull(gate)
  /\ Become([gate EXCEPT !.entries = @ \cup {u}, !.pending = @ \cup {u}, !.lost = @ \ {u},
                         !.hidden[u] = IF Fault("a reclaimed entry counts at once") THEN 0 ELSE Wait])
  /\ UNCHANGED <<memory, used>>

\* ---- time
\* A change counts from the end of its wait: if it added seats, users who ask from then on may win.
Tick ==
  /\ gate' = [gate EXCEPT !.wait = Less(@), !.opens = Less(@), !.closes = Less(@),
                          !.hidden = [u \in Users |-> Less(gate.hidden[u])]]
  /\ refused' = (refused /\ ~(/\ gate.state = "open" /\ gate.wait = 1 /\ ~IsFull(gate)
                              /\ ~Fault("judged from when it is written")))
  /\ \E still \in IF Fault("the clock of a frozen environment stops") THEN SUBSET leases
                  ELSE IF Fault("counted from the receipt") THEN SUBSET {l \in leases : l.left = LeaseTime + Drift}
                  ELSE {{}} :
       leases' = Longest(still \cup {[l EXCEPT !.left = @ - 1] : l \in {l \in leases \ still : l.left > 1}})
  /\ UNCHANGED <<views, reading, used>>

Next ==
  \/ \E u \in Users : Win(u) \/ Refuse(u) \/ RefuseFromMemory(u) \/ Confirm(u) \/ SetBits(u) \/ Reclaim(u) \/ Release(u)
  \/ \E n \in 1..MaxCapacity : SetCapacity(n)
  \/ \E status \in {"OPEN", "PAUSED", "CLOSED"} : SetStatus(status)
  \/ SetTimes \/ Announce \/ ReadFrozen \/ ReadFilter \/ ReadPending \/ Evict \/ LoseMemory \/ Freeze \/ Reopen \/ Tick
Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Users)

\* ---- the guarantees
WinnerNotRefused == \A u \in Users, l \in leases : MayRefuse(u, l) => ~(u \in gate.entries /\ gate.hidden[u] = 0)
SeatNotRefused == \A u \in Users, l \in leases : MayRefuse(u, l) => Verdict(u) # "SUCCESS"
SameVerdict == \A u \in Users, l \in leases : MayRefuse(u, l) => Verdict(u) \in {l.verdict, "PAUSED", "GATE_LOST"}
OpensOnTime == \A u \in Users, l \in leases : MayRefuse(u, l) /\ l.verdict = "NOT_OPEN" => gate.opens > 0
NotOvertaken == refused => \A u \in Users : Verdict(u) # "SUCCESS"
=============================================================================
