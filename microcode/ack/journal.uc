; Status at once: the write is in the journal, which is battery memory. A mark is brought by an offer.
role data

hook ack using write
    br.eq shipped, #0, here
    call  bring_owed
here:
    ld    volume, volume.also[volume]
    br.neg volume, done
    mov   pair, volume               ; a further pair has its record's number
    ld    x, volume.m2_inv[volume]
    br.eq x, #0, done
    call  bring_owed
done:
    ret
