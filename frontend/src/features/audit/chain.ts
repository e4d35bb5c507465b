/**
 * Whether records follow each other without a gap. Each holds the hash of the one before, so a
 * record that is missing or was replaced shows. That a record's words have their hash, only
 * the API's own command can tell, for part of what is hashed never leaves it. Pure.
 */
import type { AuditRecord } from "./api";

type Link = Pick<AuditRecord, "sequence" | "hash" | "previous_hash">;

/** The number of the first record, from the newest, that the next one does not follow; null if all do. */
export function brokenAt(newestFirst: readonly Link[]): number | null {
  for (const [index, later] of newestFirst.entries()) {
    const earlier = newestFirst[index + 1];
    if (!earlier) return null;
    const follows = later.sequence === earlier.sequence + 1 && later.previous_hash === earlier.hash;
    if (!follows) return later.sequence;
  }
  return null;
}
