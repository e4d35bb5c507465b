/** Reply to a message, or react to it: a button beside it, shown on hover, focus and touch. */
import { Copy, Reply, Smile, X } from "lucide-react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import type { Message } from "./api";
import type { BubbleActions } from "./bubble";

const EMOJIS = [
  ["👍", "Thumbs up"],
  ["❤️", "Heart"],
  ["😂", "Laughing"],
  ["😮", "Surprised"],
  ["😢", "Sad"],
  ["🙏", "Thank you"],
] as const;

export default function MessageActions({
  message,
  actions,
}: {
  message: Message;
  actions: BubbleActions;
}) {
  const ours = message.reactions.find((one) => one.direction === "out");
  const copy = () =>
    navigator.clipboard.writeText(message.text).then(
      () => toast.success("Copied."),
      () => toast.error("The browser did not allow copying."),
    );
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          size="icon"
          variant="ghost"
          aria-label={`Reply or react to: ${message.text.slice(0, 60)}`}
          className="size-8 rounded-full text-muted opacity-0 focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
        >
          <Smile aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent align="center">
        <div className="grid grid-cols-6">
          {EMOJIS.map(([emoji, label]) => (
            <MenuItem
              key={emoji}
              aria-label={`React: ${label}`}
              className="justify-center px-1.5 text-lg"
              onSelect={() => actions.onReact(message, emoji)}
            >
              {emoji}
            </MenuItem>
          ))}
        </div>
        {ours ? (
          <MenuItem onSelect={() => actions.onReact(message, "")}>
            <X aria-hidden />
            Take {ours.emoji} back
          </MenuItem>
        ) : null}
        <MenuSeparator />
        <MenuItem onSelect={() => actions.onReply(message)}>
          <Reply aria-hidden />
          Reply
        </MenuItem>
        <MenuItem onSelect={() => void copy()}>
          <Copy aria-hidden />
          Copy text
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
