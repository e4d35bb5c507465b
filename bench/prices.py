"""What AWS bills, in USD: us-east-1 list prices without the free tier, as of November 2026.

https://aws.amazon.com/dynamodb/pricing/on-demand/, /sqs/pricing/, /lambda/pricing/ (arm64),
/s3/pricing/, /kms/pricing/, /secrets-manager/pricing/. This is the one place that knows them.
"""

from __future__ import annotations

AS_OF = "2026-11"
MILLION = 1_000_000
DYNAMODB_WRITE = 0.625 / MILLION
DYNAMODB_READ = 0.125 / MILLION
# A request of a standard queue, with the surcharge of a fair one (a message group is given).
SQS_REQUEST = (0.40 + 0.10) / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
S3_PUT = 0.005 / 1000
S3_GET = 0.0004 / 1000
KMS_REQUEST = 0.03 / 10_000
SECRETS_REQUEST = 0.05 / 10_000
