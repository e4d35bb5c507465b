import { createFileRoute } from "@tanstack/react-router";
import { ContactListScreen } from "@/features/contacts/list-screen";

export const Route = createFileRoute("/_app/contacts/")({ component: ContactListScreen });
