"""Deleting a business: asked for by an owner, called off or not, and carried out to the proof.

requested   the API reads only, no campaign sends; an owner may call it off
leaving     WhatsApp is told, its keys, sign-ins and e-mails go; then a pause, in which whatever
still works for the business comes to its end
erasing     every file, then every item, goes and is counted
done        a second look has found nothing, and the record is chained (storage.deletions)
"""
