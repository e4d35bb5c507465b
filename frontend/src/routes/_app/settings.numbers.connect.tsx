import { createFileRoute } from "@tanstack/react-router";
import { ConnectScreen } from "@/features/numbers/connect-screen";

interface Search {
  phone_number_id?: string;
  waba_id?: string;
}

// The router reads digits in an address as a number.
function metaId(value: unknown): string | undefined {
  const text = String(value ?? "");
  return /^\d{5,25}$/.test(text) ? text : undefined;
}

export const Route = createFileRoute("/_app/settings/numbers/connect")({
  validateSearch: (search: Record<string, unknown>): Search => {
    const [phone_number_id, waba_id] = [metaId(search.phone_number_id), metaId(search.waba_id)];
    return { ...(phone_number_id && { phone_number_id }), ...(waba_id && { waba_id }) };
  },
  component: Connect,
});

function Connect() {
  return <ConnectScreen first={Route.useSearch()} />;
}
