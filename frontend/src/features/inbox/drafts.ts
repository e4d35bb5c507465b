/** What was typed but not sent, per conversation; kept until the page is closed. */
import { create } from "zustand";

export const useDrafts = create<{ drafts: Record<string, string> }>()(() => ({ drafts: {} }));

export function setDraft(contactId: string, text: string): void {
  useDrafts.setState(({ drafts }) => ({ drafts: { ...drafts, [contactId]: text } }));
}
