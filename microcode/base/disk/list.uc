; Sectors of a list on a drive. The data role says where they stand there and in memory, and changes none of them meanwhile.
role disk

on LIST_READ
    use   result=r4
    send  DRIVE_READ (drive, lba, sectors, at)
    wait  DRIVE_DONE (result)
    reply (result)
    end

on LIST_WRITE
    use   result=r4
    send  DRIVE_WRITE (drive, lba, sectors, at)
    wait  DRIVE_DONE (result)
    br.ne result, #OK, done
    send  DRIVE_SYNC (drive)
    wait  DRIVE_DONE (result)
done:
    reply (result)
    end
