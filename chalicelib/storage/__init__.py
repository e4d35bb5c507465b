"""DynamoDB and S3: the only place that knows keys, tables and buckets.

A repository is made with a TenantContext and builds every key from it, so that no method takes a
partition key from outside. Only the items that find a tenant (unique keys, sessions) stand alone.
"""
