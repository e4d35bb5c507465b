/** What must be read above every screen: that the business may change nothing, that an e-mail is not confirmed. */
import type { Schemas } from "@/lib/api/client";
import { Suspended } from "./suspended";
import { Unverified } from "./unverified";

export default function Notices({ me }: { me: Schemas["MeOut"] }) {
  return (
    <>
      <Suspended />
      {me.user.is_email_verified ? null : <Unverified email={me.user.email} />}
    </>
  );
}
