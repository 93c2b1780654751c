; The cache director is dead: a destage ends with what it has taken.
role disk

on DISK_LOSES
    use   count=r1
    zero  count
    br.none lost, #LOST_CACHE, done
    cancel TAKEN (count)
done:
    end
