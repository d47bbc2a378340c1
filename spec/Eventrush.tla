------------------------------ MODULE Eventrush ------------------------------
\* The protocol of one event between the gate (Redis), the stream (Kafka) and the ledger (MySQL).
\* docs/protocol.md has the guarantees beside the invariants, what is abstracted, and a counterexample for each fault.
\*
\* Each user has a partition, and a batch is one record. A message that is never delivered is one that stays in `wire`.
\* The clock is DeadlinePasses(u): the publish deadline has passed for all that is on its way for u. What has not landed
\* in the log by then is late, and may land at any later time.
EXTENDS Naturals, FiniteSets, Sequences, TLC

CONSTANTS
  Users, Reconcilers, Capacity,
  MaxLosses,         \* how often Redis loses memory
  MaxInterruptions,  \* rebuilds that are interrupted, or start in spite of the lock
  MaxRequests,       \* rebuilds of an open gate, which an operator asks for
  MaxReplays,        \* requests of users who asked before
  MaxResends,        \* entries that redelivery takes
  MaxRecords,        \* records of one user
  MaxDecisions,      \* records that are being decided at the same time
  StepByStep,        \* whether a rebuild reads its sources in four steps, or for a smaller number of states in one
  OldMemory,         \* whether Redis may return with entries of an older state
  Faults             \* steps that are left out or wrong: {} is the protocol

VARIABLES
  gate,         \* state, mark of the rebuild that froze it, epoch, counter `issued`, free seats, entries, pending users
  join,         \* what join does for each user
  wire,         \* records that are sent and have not landed
  log,          \* records of each user's partition
  committed,    \* the offset that persist has committed of each partition
  rows, dead, parked, ledgerEpoch,
  decisions,    \* records that persist or reconcile has decided and not committed
  resend,       \* what each reconciler is about to send again
  rebuild,      \* the rebuild of each reconciler
  promised,     \* users who were told SUCCESS, with seat and status
  memory,       \* entries that Redis held earlier
  used          \* how much of each bound is used

vars == <<gate, join, wire, log, committed, rows, dead, parked, ledgerEpoch, decisions, resend, rebuild, promised,
          memory, used>>
stream == <<wire, log, committed>>
ledger == <<rows, dead, parked, ledgerEpoch>>

Fault(name) == name \in Faults
Seats == 1..Capacity
NoEntry == [seat |-> 0, epoch |-> 0]
NoJoin == [step |-> "idle", seat |-> 0, epoch |-> 0, expired |-> FALSE, acked |-> FALSE, lost |-> FALSE]
NoResend == [step |-> "none"]
NoRebuild == [step |-> "none", epoch |-> 0, streamed |-> {}, dead |-> {}, rows |-> {}]
Max(S) == IF S = {} THEN 0 ELSE CHOOSE x \in S : \A y \in S : x >= y
Min(S) == CHOOSE x \in S : \A y \in S : x <= y

Init ==
  /\ gate = [state |-> "open", mark |-> "none", epoch |-> 1, issued |-> 0, free |-> {},
             entries |-> [u \in Users |-> NoEntry], pending |-> {}]
  /\ join = [u \in Users |-> NoJoin]
  /\ wire = {} /\ log = [u \in Users |-> <<>>] /\ committed = [u \in Users |-> 0]
  /\ rows = {} /\ dead = {} /\ parked = {} /\ ledgerEpoch = 1 /\ decisions = {}
  /\ resend = [k \in Reconcilers |-> NoResend] /\ rebuild = [k \in Reconcilers |-> NoRebuild]
  /\ promised = {} /\ memory = {}
  /\ used = [losses |-> 0, interruptions |-> 0, requests |-> 0, replays |-> 0, resends |-> 0]

HasRow(u) == \E row \in rows : row.user = u
IsDead(u, s) == \E d \in dead : d.user = u /\ log[u][d.index].seat = s
IsParked(u, s) == \E d \in parked : d.user = u /\ log[u][d.index].seat = s
Waiting(u) == (committed[u] + 1)..Len(log[u])
Record(u, s, e) == [user |-> u, seat |-> s, epoch |-> e, late |-> FALSE]
Entry(u, i) == [user |-> u, seat |-> log[u][i].seat, epoch |-> log[u][i].epoch]

\* Redelivery and a replay send an entry only if neither condition holds: its last send is not older than the publish
\* deadline, or a record of it may be waiting in the stream. The gate's script compares and sets the last send.
SentLately(u) ==
  \/ \E r \in wire : r.user = u /\ ~r.late
  \/ join[u].step = "sent" /\ ~join[u].expired
  \/ \E k \in Reconcilers : resend[k].step # "none" /\ resend[k].user = u /\ ~resend[k].late
     /\ ~Fault("last send is not compared")
MayWait(u) == \E i \in Waiting(u) : ~log[u][i].late

\* ---- join
NextSeat == IF gate.issued < Capacity THEN gate.issued + 1 ELSE IF gate.free # {} THEN Min(gate.free) ELSE 0
Given(u, s) == [gate EXCEPT !.entries[u] = [seat |-> s, epoch |-> gate.epoch], !.pending = @ \cup {u},
                            !.issued = IF @ < Capacity THEN s ELSE @, !.free = @ \ {s}]
Promise(u, s, status) ==
  LET other == {p \in promised : p.user = u /\ p.seat = s}
      told == {status} \cup {p.status : p \in other}
  IN (promised \ other) \cup {[user |-> u, seat |-> s, status |-> Min(told)]}     \* a 200 is the stronger one

\* A user who gets no seat leaves nothing behind: that is no step.
Claim(u) ==
  /\ join[u].step = "idle" /\ gate.state = "open"
  /\ LET held == gate.entries[u]
         isNew == held.seat = 0
         s == IF isNew THEN NextSeat ELSE held.seat
         e == IF isNew THEN gate.epoch ELSE held.epoch
         publishes == \/ isNew
                      \/ /\ u \in gate.pending /\ ~SentLately(u)
                         /\ ~MayWait(u) \/ Fault("a replay sends what waits")
     IN
     /\ s # 0
     /\ gate' = IF isNew THEN Given(u, s) ELSE gate
     /\ IF publishes
        THEN /\ join' = [join EXCEPT ![u] = [NoJoin EXCEPT !.step = "sent", !.seat = s, !.epoch = e]]
             /\ wire' = wire \cup {Record(u, s, e)}
             /\ UNCHANGED promised
        ELSE /\ join' = [join EXCEPT ![u] = [NoJoin EXCEPT !.step = "done"]]
             /\ promised' = Promise(u, s, IF u \in gate.pending THEN 202 ELSE 200)
             /\ UNCHANGED wire
  /\ UNCHANGED <<log, committed, ledger, decisions, resend, rebuild, memory, used>>

Land == \E r \in wire :
  /\ Len(log[r.user]) < MaxRecords
  /\ wire' = wire \ {r} /\ log' = [log EXCEPT ![r.user] = Append(@, r)]
  /\ LET j == join[r.user] IN
     join' = [join EXCEPT ![r.user].acked = @ \/ (j.step = "sent" /\ j.seat = r.seat /\ j.epoch = r.epoch)]
  /\ UNCHANGED <<gate, committed, ledger, decisions, resend, rebuild, promised, memory, used>>

\* Within the deadline: 200 if Kafka has acknowledged, otherwise 202.
Answer(u) ==
  /\ join[u].step = "sent" /\ ~join[u].expired
  /\ join' = [join EXCEPT ![u] = [NoJoin EXCEPT !.step = "done"]]
  /\ promised' = IF join[u].acked THEN Promise(u, join[u].seat, 200)
                 ELSE IF join[u].lost THEN promised ELSE Promise(u, join[u].seat, 202)
  /\ UNCHANGED <<gate, stream, ledger, decisions, resend, rebuild, memory, used>>

\* After the deadline join claims again; the seat that it gets instead is left to redelivery.
ClaimAgain(u) ==
  /\ join[u].step = "sent" /\ join[u].expired /\ gate.state = "open"
  /\ LET j == join[u]
         held == gate.entries[u]
         isNew == held.seat = 0
         isAcked == ~isNew /\ (u \notin gate.pending \/ (j.acked /\ held = [seat |-> j.seat, epoch |-> j.epoch]))
         s == IF isNew THEN NextSeat ELSE held.seat
     IN
     /\ gate' = IF isNew /\ s # 0 THEN Given(u, s) ELSE gate
     /\ promised' = IF s = 0 THEN promised ELSE Promise(u, s, IF isAcked THEN 200 ELSE 202)
  /\ join' = [join EXCEPT ![u] = [NoJoin EXCEPT !.step = "done"]]
  /\ UNCHANGED <<stream, ledger, decisions, resend, rebuild, memory, used>>

\* The same attempt once more, with or without an answer to the first.
Replay(u) ==
  /\ join[u].step = "done" \/ (join[u].step = "sent" /\ join[u].expired)
  /\ used.replays < MaxReplays /\ used' = [used EXCEPT !.replays = @ + 1]
  /\ join' = [join EXCEPT ![u] = NoJoin]
  /\ UNCHANGED <<gate, stream, ledger, decisions, resend, rebuild, promised, memory>>

Expire(U) ==
  /\ join' = [u \in Users |-> IF u \in U /\ join[u].step = "sent" THEN [join[u] EXCEPT !.expired = TRUE] ELSE join[u]]
  /\ wire' = {IF r.user \in U THEN [r EXCEPT !.late = TRUE] ELSE r : r \in wire}
  /\ resend' = [k \in Reconcilers |->
       IF resend[k].step = "none" \/ resend[k].user \notin U THEN resend[k]
       ELSE IF Fault("a slow reconciler sends") THEN [resend[k] EXCEPT !.late = TRUE] ELSE NoResend]
DeadlinePasses(u) ==
  /\ Expire({u}) /\ <<join, wire, resend>>' # <<join, wire, resend>>
  /\ UNCHANGED <<gate, log, committed, ledger, decisions, rebuild, promised, memory, used>>

\* ---- redelivery, by reconciler k: take an entry, read the ledger, send
Take(k, u) ==
  /\ resend[k].step = "none" /\ gate.state = "open" /\ u \in gate.pending /\ ~SentLately(u) /\ ~MayWait(u)
  /\ used.resends < MaxResends /\ used' = [used EXCEPT !.resends = @ + 1]
  /\ resend' = [resend EXCEPT ![k] = [step |-> "taken", user |-> u, seat |-> gate.entries[u].seat,
                                      epoch |-> gate.entries[u].epoch, late |-> FALSE]]
  /\ UNCHANGED <<gate, join, stream, ledger, decisions, rebuild, promised, memory>>
ReadLedger(k) ==
  /\ resend[k].step = "taken"
  /\ LET x == resend[k] IN
     resend' = IF HasRow(x.user) \/ IsDead(x.user, x.seat)
                  \/ (IsParked(x.user, x.seat) /\ ~Fault("parked is sent again"))
               THEN [resend EXCEPT ![k] = NoResend] ELSE [resend EXCEPT ![k].step = "checked"]
  /\ UNCHANGED <<gate, join, stream, ledger, decisions, rebuild, promised, memory, used>>
Resend(k) ==
  /\ resend[k].step = "checked" /\ resend' = [resend EXCEPT ![k] = NoResend]
  /\ LET x == resend[k] IN wire' = wire \cup {[Record(x.user, x.seat, x.epoch) EXCEPT !.late = x.late]}
  /\ UNCHANGED <<gate, join, log, committed, ledger, decisions, rebuild, promised, memory, used>>

\* ---- deciding a record: persist from the stream, reconcile from `parked`
IsOwn(u, s) == gate.entries[u].seat = s
IsFree(u, s) == gate.entries[u].seat = 0 /\ (s > gate.issued \/ s \in gate.free)
Reclaimed(u, s, e) ==
  IF IsOwn(u, s) THEN gate ELSE
  [gate EXCEPT !.entries[u] = [seat |-> s, epoch |-> IF Fault("reclaim keeps the old epoch") THEN e ELSE gate.epoch],
     !.pending = @ \cup {u}, !.issued = IF s > @ THEN s ELSE @,
     !.free = (@ \cup (IF s > gate.issued THEN (gate.issued + 1)..(s - 1) ELSE {})) \ {s}]
Decide(by, u, i, decision, epoch) ==
  LET d == [by |-> by, user |-> u, index |-> i, decision |-> decision, epoch |-> epoch]
  IN d \notin decisions /\ Cardinality(decisions) < MaxDecisions /\ decisions' = decisions \cup {d}
\* `reclaim` returns the gate's epoch, under which the decision is valid.
Reclaim(by, u, i) ==
  LET r == log[u][i] IN
  /\ gate.state = "open"
  /\ IF IsOwn(u, r.seat) \/ IsFree(u, r.seat)
     THEN gate' = Reclaimed(u, r.seat, r.epoch) /\ Decide(by, u, i, "row", gate.epoch)
     ELSE gate' = gate /\ Decide(by, u, i, "dead", gate.epoch)
Persist(u) ==
  /\ committed[u] < Len(log[u])
  /\ LET i == committed[u] + 1 IN
     IF log[u][i].epoch >= ledgerEpoch \/ Fault("no reclaim")
     THEN /\ Decide("persist", u, i, "row", 0)
          /\ gate' = IF Fault("confirm before commit") THEN [gate EXCEPT !.pending = @ \ {u}] ELSE gate
     ELSE \/ Reclaim("persist", u, i)
          \/ Decide("persist", u, i, "park", 0) /\ gate' = gate      \* the gate is not open, or does not answer
  /\ UNCHANGED <<join, stream, ledger, resend, rebuild, promised, memory, used>>
DecideParked == \E d \in parked :
  /\ Reclaim("reconcile", d.user, d.index)
  /\ UNCHANGED <<join, stream, ledger, resend, rebuild, promised, memory, used>>

\* One transaction, which reads the event's epoch under a shared lock; the keys of event_join decide collisions.
\* The offset is committed after it, or not at all: then the record is delivered again.
Commit == \E d \in decisions :
  LET r == log[d.user][d.index]
      at == [user |-> d.user, index |-> d.index]
      row == [user |-> d.user, seat |-> r.seat]
      isValid == \/ d.decision = "park"
                 \/ IF d.epoch = 0 THEN r.epoch >= ledgerEpoch ELSE d.epoch = ledgerEpoch
                 \/ d.decision = "dead" /\ Fault("dead letters of any epoch")
                 \/ d.decision = "row" /\ Fault("rows of any epoch")
                 \/ Fault("no reclaim")
      becomes == IF isValid THEN d.decision ELSE "park"
      isTaken == \/ \E x \in rows : x.seat = r.seat /\ ~Fault("no key of the seat")
                 \/ \E x \in rows : x.user = d.user /\ ~Fault("no key of the user")
  IN
  /\ decisions' = decisions \ {d}
  /\ parked' = IF becomes # "park" THEN parked \ {at} ELSE IF d.by = "persist" THEN parked \cup {at} ELSE parked
  /\ rows' = IF becomes = "row" /\ ~isTaken THEN rows \cup {row} ELSE rows
  /\ dead' = IF becomes = "dead" \/ (becomes = "row" /\ isTaken /\ row \notin rows) THEN dead \cup {at} ELSE dead
  /\ committed' \in {committed} \cup
       (IF d.by = "persist" /\ d.index > committed[d.user] THEN {[committed EXCEPT ![d.user] = d.index]} ELSE {})
  /\ UNCHANGED <<gate, join, wire, log, ledgerEpoch, resend, rebuild, promised, memory, used>>
\* The process dies, or its transaction fails: the record is delivered again.
Forget == \E d \in decisions :
  /\ decisions' = decisions \ {d}
  /\ UNCHANGED <<gate, join, stream, ledger, resend, rebuild, promised, memory, used>>
Confirm(u) ==      \* persist after its commit, or reconcile
  /\ gate.state = "open" /\ u \in gate.pending /\ HasRow(u)
  /\ gate' = [gate EXCEPT !.pending = @ \ {u}]
  /\ UNCHANGED <<join, stream, ledger, decisions, resend, rebuild, promised, memory, used>>

\* ---- Redis loses all or part of its memory
Held == {[user |-> u, seat |-> gate.entries[u].seat, epoch |-> gate.entries[u].epoch] :
           u \in {v \in Users : gate.entries[v].seat # 0}}
Remembered(losses) == IF OldMemory /\ losses < MaxLosses THEN memory \cup Held ELSE {}
EntryOf(u, S) == IF \E x \in S : x.user = u
                 THEN LET x == CHOOSE x \in S : x.user = u IN [seat |-> x.seat, epoch |-> x.epoch] ELSE NoEntry
LoseMemory ==
  /\ used.losses < MaxLosses /\ used' = [used EXCEPT !.losses = @ + 1]
  /\ memory' = Remembered(used.losses + 1)
  /\ \E kept \in SUBSET (Held \cup memory) :
       /\ \A x, y \in kept : x.user = y.user => x = y
       /\ LET entries == [u \in Users |-> EntryOf(u, kept)]
              \* A 202 is excused if Redis loses its seat before a record of it under its present epoch has landed.
              isLost(u) == /\ gate.entries[u].seat # 0 /\ entries[u].seat # gate.entries[u].seat
                           /\ ~\E i \in 1..Len(log[u]) : /\ log[u][i].seat = gate.entries[u].seat
                                                         /\ log[u][i].epoch >= gate.entries[u].epoch
          IN
          /\ gate' = IF gate.state = "open" /\ Fault("no fence")
                     THEN [gate EXCEPT !.entries = entries, !.pending = {u \in @ : entries[u].seat # 0}, !.free = {},
                                       !.issued = Max({entries[u].seat : u \in Users})]
                     ELSE [gate EXCEPT !.state = "lost", !.mark = "none", !.entries = entries, !.pending = {},
                                       !.issued = 0, !.free = {}]
          /\ promised' = {p \in promised : ~(p.status = 202 /\ isLost(p.user) /\ p.seat = gate.entries[p.user].seat)}
          /\ join' = [u \in Users |-> IF join[u].step = "sent" /\ isLost(u) /\ join[u].seat = gate.entries[u].seat
                                      THEN [join[u] EXCEPT !.lost = TRUE] ELSE join[u]]
  /\ UNCHANGED <<stream, ledger, decisions, resend, rebuild>>

\* ---- rebuild, by reconciler k: freeze, raise the epoch, wait, read, put entries in place, reopen
Freeze(k) ==
  /\ rebuild[k].step = "none"
  /\ LET isAlone == \A j \in Reconcilers : rebuild[j].step = "none"
         isNeeded == gate.state # "open" \/ gate.epoch # ledgerEpoch
     IN used' = [used EXCEPT !.interruptions = IF isAlone THEN @ ELSE @ + 1, !.requests = IF isNeeded THEN @ ELSE @ + 1]
  /\ used'.interruptions <= MaxInterruptions /\ used'.requests <= MaxRequests
  /\ rebuild' = [rebuild EXCEPT ![k].step = "frozen"]
  /\ gate' = [gate EXCEPT !.state = "frozen", !.mark = k, !.pending = {}, !.issued = 0, !.free = {}]
  /\ UNCHANGED <<join, stream, ledger, decisions, resend, promised, memory>>
RaiseEpoch(k) ==
  /\ rebuild[k].step = "frozen"
  /\ ledgerEpoch' = ledgerEpoch + (IF Fault("the epoch is not raised") THEN 0 ELSE 1)
  /\ rebuild' = [rebuild EXCEPT ![k].step = "raised", ![k].epoch = ledgerEpoch']
  /\ UNCHANGED <<gate, join, stream, rows, dead, parked, decisions, resend, promised, memory, used>>
WaitForDeadline(k) ==
  /\ rebuild[k].step = "raised" /\ rebuild' = [rebuild EXCEPT ![k].step = "waited"]
  /\ IF Fault("no wait") THEN UNCHANGED <<join, wire, resend>> ELSE Expire(Users)
  /\ UNCHANGED <<gate, log, committed, ledger, decisions, promised, memory, used>>

\* A rebuild reads in the direction in which entries move; `step` names what was read last.
ReadingOrder == IF ~StepByStep THEN <<"waited", "all">>
                ELSE IF Fault("rows before offsets") THEN <<"waited", "rows", "stream", "parked", "dead">>
                ELSE IF Fault("parked before offsets") THEN <<"waited", "parked", "stream", "dead", "rows">>
                ELSE IF Fault("parked after rows") THEN <<"waited", "stream", "dead", "rows", "parked">>
                ELSE <<"waited", "stream", "parked", "dead", "rows">>
Read(k) == \E n \in 1..(Len(ReadingOrder) - 1) :
  /\ rebuild[k].step = ReadingOrder[n]
  /\ LET Reads(source) == ReadingOrder[n + 1] \in {source, "all"}
         uncommitted == UNION {{Entry(u, i) : i \in Waiting(u)} : u \in Users}
         undecided == {Entry(d.user, d.index) : d \in parked}
     IN rebuild' = [rebuild EXCEPT ![k].step = ReadingOrder[n + 1],
          ![k].streamed = @ \cup (IF Reads("stream") THEN uncommitted ELSE {})
                            \cup (IF Reads("parked") THEN undecided ELSE {}),
          ![k].dead = IF Reads("dead") THEN {Entry(d.user, d.index) : d \in dead} ELSE @,
          ![k].rows = IF Reads("rows") THEN rows ELSE @]
  /\ UNCHANGED <<gate, join, stream, ledger, decisions, resend, promised, memory, used>>

\* Of entries with the same seat or user, the one of the newest epoch; never two of one epoch, or OneOwner fails.
RECURSIVE Carried(_)
Carried(S) ==
  IF S = {} THEN {} ELSE
  LET best == {x \in S : \A y \in S : IF Fault("oldest epoch first") THEN x.epoch <= y.epoch ELSE x.epoch >= y.epoch}
  IN best \cup Carried({y \in S \ best : \A x \in best : x.user # y.user /\ x.seat # y.seat})
\* Every write of a rebuild checks its mark in the same script.
IsMine(k) == gate.state = "frozen" /\ (gate.mark = k \/ Fault("no mark"))
Put(k) ==
  /\ rebuild[k].step = ReadingOrder[Len(ReadingOrder)]
  /\ LET b == rebuild[k]
         isDead(x) == ~Fault("a dead letter is carried") /\ \E d \in b.dead : d.user = x.user /\ d.seat = x.seat
         isTaken(x) == \E row \in b.rows : row.user = x.user \/ row.seat = x.seat
         recorded == {[user |-> row.user, seat |-> row.seat, epoch |-> b.epoch] : row \in b.rows}
         carried == {IF Fault("carried with the old epoch") THEN x ELSE [x EXCEPT !.epoch = b.epoch] :
                       x \in Carried({x \in b.streamed \cup Held : ~isTaken(x) /\ ~isDead(x)})}
     IN IF IsMine(k)
        THEN /\ gate' = [gate EXCEPT !.entries = [u \in Users |-> EntryOf(u, recorded \cup carried)]]
             /\ memory' = Remembered(used.losses)
             /\ rebuild' = [rebuild EXCEPT ![k].step = "put", ![k].streamed = {}]
        ELSE UNCHANGED <<gate, memory>> /\ rebuild' = [rebuild EXCEPT ![k] = NoRebuild]
  /\ UNCHANGED <<join, stream, ledger, decisions, resend, promised, used>>
Reopen(k) ==
  /\ rebuild[k].step = "put" /\ rebuild' = [rebuild EXCEPT ![k] = NoRebuild]
  /\ LET b == rebuild[k]
         reserved == {x.seat : x \in Held} \cup {row.seat : row \in b.rows} \cup {d.seat : d \in b.dead}
         issued == Max(reserved)
     IN gate' = IF ~IsMine(k) THEN gate
                ELSE [gate EXCEPT !.state = "open", !.mark = "none", !.epoch = b.epoch, !.issued = issued,
                        !.free = (1..issued) \ reserved,
                        !.pending = {x.user : x \in Held} \ {row.user : row \in b.rows}]
  /\ UNCHANGED <<join, stream, ledger, decisions, resend, promised, memory, used>>
Interrupt(k) ==
  /\ rebuild[k].step # "none" /\ rebuild' = [rebuild EXCEPT ![k] = NoRebuild]
  /\ used.interruptions < MaxInterruptions /\ used' = [used EXCEPT !.interruptions = @ + 1]
  /\ UNCHANGED <<gate, join, stream, ledger, decisions, resend, promised, memory>>

Next ==
  \/ \E u \in Users : \/ Claim(u) \/ Answer(u) \/ ClaimAgain(u) \/ Replay(u) \/ DeadlinePasses(u)
                      \/ Persist(u) \/ Confirm(u)
  \/ Land \/ DecideParked \/ Commit \/ Forget \/ LoseMemory
  \/ \E k \in Reconcilers : \/ ReadLedger(k) \/ Resend(k) \/ \E u \in Users : Take(k, u)
                            \/ Freeze(k) \/ RaiseEpoch(k) \/ WaitForDeadline(k) \/ Read(k) \/ Put(k) \/ Reopen(k)
                            \/ Interrupt(k)
Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Users) \cup Permutations(Reconcilers)

\* ---- the guarantees
NoOversell == \A x, y \in rows : x.seat \in Seats /\ (x.seat = y.seat => x = y)
OneEntry == \A x, y \in rows : x.user = y.user => x = y
StableVerdict == \A p, q \in promised : (p.user = q.user) <=> (p.seat = q.seat)

IsSafe(p) ==
  \/ [user |-> p.user, seat |-> p.seat] \in rows
  \/ /\ ~\E row \in rows : row.seat = p.seat
     /\ ~IsDead(p.user, p.seat)
     /\ \/ \E i \in Waiting(p.user) : log[p.user][i].seat = p.seat
        \/ IsParked(p.user, p.seat)
        \/ /\ p.status = 202 /\ gate.entries[p.user].seat = p.seat
           /\ gate.state = "open" => p.user \in gate.pending
NoLostWinner == \A p \in promised : IsSafe(p)

Conservation == gate.state = "open" => \A s \in 1..gate.issued :
  \/ s \in gate.free
  \/ \E row \in rows : row.seat = s
  \/ \E u \in gate.pending : gate.entries[u].seat = s
  \/ \E d \in dead \cup parked : log[d.user][d.index].seat = s
OneOwner == gate.state = "open" => \A u, v \in Users :
  u # v /\ gate.entries[u].seat # 0 => gate.entries[u].seat # gate.entries[v].seat

\* The gate admits again only under a new epoch. Within an epoch the counter never goes back, and a gate whose seats are
\* all taken gives none.
NewEpoch == [][gate.state # "open" /\ gate'.state = "open" => gate'.epoch > gate.epoch]_vars
IsFull(g) == g.issued = Capacity /\ g.free = {}
FirstCome == [][gate.state = "open" /\ gate'.state = "open" /\ gate'.epoch = gate.epoch =>
                  gate'.issued >= gate.issued /\ (IsFull(gate) => IsFull(gate'))]_vars

\* Nothing is sent while a record of it, which was not slow, waits in the stream or is on its way there. Redelivery does
\* not send what is parked either; a replay may, once, since the gate does not know what is parked.
WaitsInStream(u, s) == \/ \E r \in wire : r.user = u /\ r.seat = s /\ ~r.late
                       \/ \E i \in Waiting(u) : log[u][i].seat = s /\ ~log[u][i].late
WaitsParked(u, s) == \E d \in parked : d.user = u /\ log[u][d.index].seat = s /\ ~log[u][d.index].late
SentOnce == [][Cardinality(wire') > Cardinality(wire) => \A r \in wire' \ wire :
  ~WaitsInStream(r.user, r.seat) /\ (resend' # resend => ~WaitsParked(r.user, r.seat))]_vars
=============================================================================
