/** Whether WhatsApp takes a change of a template now. Pure. */
import { formatMoment } from "@/lib/format";
import type { Template } from "./api";

const FIXED = ["PENDING", "IN_APPEAL", "DISABLED", "DELETED", "PENDING_DELETION", "ARCHIVED"];

/** Why a template takes no edit now; null if it does. */
export function whyFixed(template: Template): string | null {
  if (template.status === "PENDING" || template.status === "IN_APPEAL") {
    return "It is in review. It can be changed once the review has ended.";
  }
  if (FIXED.includes(template.status)) {
    return "WhatsApp takes no change of it any more. Make a copy with another name.";
  }
  if (template.next_edit_at) {
    return `WhatsApp takes one change in 24 hours and ten in 30 days: the next from ${formatMoment(template.next_edit_at)}.`;
  }
  return null;
}
