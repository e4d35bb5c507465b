import { createFileRoute } from "@tanstack/react-router";
import { ConversationScreen } from "@/features/inbox/conversation-screen";

export const Route = createFileRoute("/_app/inbox/$contactId")({ component: Conversation });

function Conversation() {
  const { contactId } = Route.useParams();
  return <ConversationScreen key={contactId} contactId={contactId} />;
}
