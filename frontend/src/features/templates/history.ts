/** What is known of a template's past and near future, newest first. Pure. */
import { humanise } from "@/lib/format";
import type { Template } from "./api";
import { categoryLabel, QUALITY_WORDS, statusWords } from "./words";

export interface HistoryEntry {
  at: string;
  text: string;
}

export function historyOf(template: Template): HistoryEntry[] {
  const { quality, category_change: change, pause } = template;
  const score = QUALITY_WORDS[quality.score]?.label ?? humanise(quality.score.toLowerCase());
  const from = template.previous_category
    ? `Category ${categoryLabel(template.previous_category)} before, ${categoryLabel(template.category)} now`
    : null;
  const entries: (HistoryEntry | null)[] = [
    { at: template.created_at, text: "Submitted" },
    {
      at: template.updated_at,
      text: `${statusWords(template.status).label}, as last heard from Meta${from ? `. ${from}` : ""}`,
    },
    quality.changed_at ? { at: quality.changed_at, text: score } : null,
    template.disabled_at ? { at: template.disabled_at, text: "Disabled by Meta" } : null,
    pause?.until ? { at: pause.until, text: "The pause ends" } : null,
    change
      ? { at: change.effective_at, text: `Becomes ${categoryLabel(change.correct_category)}` }
      : null,
    template.next_edit_at ? { at: template.next_edit_at, text: "Can be changed again" } : null,
  ];
  return entries
    .filter((entry) => entry !== null)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
