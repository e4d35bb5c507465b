/** The templates of a list by name: all languages of one together, in the order they came. Pure. */
import type { Template } from "./api";

export interface Group {
  key: string;
  name: string;
  wabaId: string;
  languages: Template[];
}

export function groupsOf(templates: readonly Template[], search: string): Group[] {
  const wanted = search.trim().toLowerCase();
  const groups = new Map<string, Group>();
  const seen = new Set<string>();
  for (const template of templates) {
    const text = `${template.name}\n${template.body}`.toLowerCase();
    if (seen.has(template.id) || (wanted && !text.includes(wanted))) continue;
    seen.add(template.id);
    const key = `${template.waba_id} ${template.name}`;
    const group = groups.get(key);
    if (group) group.languages.push(template);
    else {
      groups.set(key, {
        key,
        name: template.name,
        wabaId: template.waba_id,
        languages: [template],
      });
    }
  }
  for (const group of groups.values()) {
    group.languages.sort((a, b) => a.language.localeCompare(b.language));
  }
  return [...groups.values()];
}
