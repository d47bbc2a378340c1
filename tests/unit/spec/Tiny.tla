---- MODULE Tiny ----
\* A counter, for the tests of what runs TLC.
EXTENDS Naturals
CONSTANTS Limit, Faults
VARIABLE count
Init == count = 0
Add == count < Limit /\ count' = count + (IF "adds two" \in Faults THEN 2 ELSE 1)
Spec == Init /\ [][Add]_count
Bounded == count <= Limit
AddsOne == [][count' = count + 1]_count
====
