; Status at once: the write is in the journal, which is battery memory. A mark is brought by an offer.
role data

hook ack using write
    br.eq shipped, #0, done
    call  bring_owed
done:
    ret
