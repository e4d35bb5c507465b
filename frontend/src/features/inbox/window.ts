/** The 24 hours after a customer's message, in which anything may be said. */
import { formatDuration } from "@/lib/format";

export interface ReplyWindow {
  isOpen: boolean;
  /** Under an hour is left. */
  isClosing: boolean;
  sentence: string;
}

export function replyWindow(closesAt: string | null, now: Date): ReplyWindow {
  if (closesAt === null) {
    return {
      isOpen: false,
      isClosing: false,
      sentence: "They have not written yet. Until they do, WhatsApp allows only templates.",
    };
  }
  const leftS = Math.floor((Date.parse(closesAt) - now.getTime()) / 1000);
  if (leftS <= 0) {
    return {
      isOpen: false,
      isClosing: false,
      sentence:
        "The 24 hours after their last message are over. WhatsApp now allows only templates, until they write again.",
    };
  }
  const rounded = leftS >= 3600 ? leftS - (leftS % 60) : Math.max(60, leftS - (leftS % 60));
  return {
    isOpen: true,
    isClosing: leftS < 3600,
    sentence: `${formatDuration(rounded)} left to reply freely`,
  };
}
