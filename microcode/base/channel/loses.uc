; The data director is dead: nobody knows any more what may be read or written.
role channel

on CHANNEL_LOSES
    use   result=r1
    br.none lost, #LOST_DATA, done
    st    front.lost, lost
    ldi   result, #NOT_READY
    cancel WRITTEN (result)
    cancel READY (result)
    cancel SYNCED (result)
    cancel MAPPED (result)
    cancel INQUIRED (result)
done:
    end
