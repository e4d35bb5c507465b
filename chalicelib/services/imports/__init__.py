"""CSV imports: from the bytes of any spreadsheet to contacts, with an outcome for every row.

    starting   takes a file, refuses what cannot be read, answers for an import's state and rows
    reading    bytes → records, and where in the file each ends
    columns    the header → what each column means
    rows       a record → a person, or the reason why it is none
    deciding   people and what is known of them → what to write, and each row's outcome
    kept       what the parts share: the file's place, how a layout is kept, the queue's message
    applying   the queue's part: slice by slice, each safe to run twice

`reading`, `columns`, `rows` and `deciding` are pure.
"""
