; Point-in-time mode: status at once. What is owed goes by itself, as long as a session is open: one offer runs at a time,
; and it looks at the list once more in the same run in which it ends.
role data

hook ack using write
    needs commit flag.set #M2_INV "status comes before the other side has the write: commit must mark its track as owed"
    needs offer flag.next #M2_INV "it asks for an offer of what is owed"
    call  bring_owed
    ret
