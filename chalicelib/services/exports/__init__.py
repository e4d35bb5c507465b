"""CSV exports of any size: asked for, written to S3 in the background, fetched by a signed URL."""
