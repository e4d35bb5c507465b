"""Erasing one person: asked for by contact, carried out over all that a business keeps, proven.

    at once      the contact is gone from every list, with its identities; nobody writes to it any
                 more; an opt-out is kept as a keyed hash (storage.erasures)
    after PAUSE  when whatever held the person in memory has ended: the thread, files, rows of
                 imports, frozen audiences, exports, details of the audit trail …
    then         the same walk again, until a whole walk finds nothing: that is the proof

What a campaign sent to the person stays as a row without the person, so that its ledger sums.
"""
