"""AWS in the memory of a bench's process: DynamoDB, SQS, S3, KMS and Secrets Manager.

Only what the engine asks for, with the semantics that it relies on (conditions, upserts,
conditional puts, PartiQL's INSERT, delays and visibility), and fast: a call takes microseconds,
where moto takes milliseconds. What is asked for and not here raises: nothing is passed by in
silence.
"""
