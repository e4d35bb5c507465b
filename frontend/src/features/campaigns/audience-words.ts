/** An audience in words, of whatever kind. */
import { asList, asObject, asText } from "@/lib/json";
import { describe } from "@/lib/segment-words";
import { OUTCOMES } from "./outcomes";

export function audienceWords(audience: unknown): string {
  const node = asObject(audience);
  switch (node.type) {
    case "all":
      return "all contacts";
    case "tag":
      return `contacts with the tag “${asText(node.tag)}”`;
    case "segment":
      return node.segment_id ? "a saved segment" : `everybody who ${describe(node.filter)}`;
    case "import":
      return "the contacts of a CSV file";
    case "outcome": {
      const label = OUTCOMES.find((one) => one.outcome === node.outcome)?.label;
      return `those of another campaign who ${label ?? asText(node.outcome)}`;
    }
    case "several": {
      const of = asList(node.of).map(audienceWords).join("; ");
      return node.leave_out ? `${of}; but nobody who ${describe(node.leave_out)}` : of;
    }
    default:
      return "an audience of another kind";
  }
}
