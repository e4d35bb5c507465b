/** A filter of contacts of any depth, in words that follow "everybody who". Pure. */
import { humanise } from "./format";
import { asList, asObject, asText } from "./json";
import { FIELD_OPS } from "./segment-draft";

const NEGATED: Record<string, string> = {
  is: "is not",
  is_not: "is",
  contains: "does not contain",
  starts_with: "does not start with",
  is_set: "is empty",
  gt: "is not more than",
  gte: "is not at least",
  lt: "is not less than",
  lte: "is not at most",
};

const names = (list: unknown) => asList(list).map(asText).join(", ");

function field(node: Record<string, unknown>, isNot: boolean): string {
  const op = asText(node.op);
  const plain = FIELD_OPS.find((one) => one.op === op)?.label ?? op;
  const value = op === "is_set" ? "" : ` “${asText(node.value)}”`;
  const name = humanise(asText(node.field)).toLowerCase();
  return `whose ${name} ${isNot ? (NEGATED[op] ?? `not ${plain}`) : plain}${value}`;
}

function lastSeen(node: Record<string, unknown>, isNot: boolean): string {
  if (node.op === "never") return isNot ? "wrote at some time" : "never wrote";
  const isWithin = (node.op === "within") !== isNot;
  return `${isWithin ? "wrote" : "did not write"} in the last ${asText(node.days)} days`;
}

function created(node: Record<string, unknown>, isNot: boolean): string {
  const isWithin = (node.op === "within") !== isNot;
  return `${isWithin ? "was" : "was not"} added in the last ${asText(node.days)} days`;
}

function optIn(node: Record<string, unknown>, isNot: boolean): string {
  if (node.to === "all") return isNot ? "opted out" : "has not opted out";
  return isNot ? "takes no marketing messages" : "takes marketing messages";
}

/** As one part of a sentence: what has several parts itself stands in brackets. */
function part(filter: unknown): string {
  const node = asObject(filter);
  const hasParts = /^(all|any)_of$/.test(asText(node.type)) && asList(node.of).length > 1;
  return hasParts ? `(${describe(node)})` : describe(node);
}

/** `has the tag “vip” and (is in IN or does not speak en)`. */
export function describe(filter: unknown, isNot = false): string {
  const node = asObject(filter);
  const joined = (word: string) => {
    const of = asList(node.of);
    if (of.length === 1) return describe(of[0], isNot);
    const words = of.map(part).join(` ${word} `);
    return isNot ? `is not one who (${words})` : words;
  };
  switch (node.type) {
    case "all_of":
      return joined("and");
    case "any_of":
      return joined("or");
    case "not":
      return describe(node.of, !isNot);
    case "tag":
      return `${isNot ? "does not have" : "has"} the tag “${asText(node.tag)}”`;
    case "field":
      return field(node, isNot);
    case "country":
      return `is ${isNot ? "not " : ""}in ${names(node.countries)}`;
    case "language":
      return `${isNot ? "does not speak" : "speaks"} ${names(node.languages)}`;
    case "opt_in":
      return optIn(node, isNot);
    case "last_seen":
      return lastSeen(node, isNot);
    case "created":
      return created(node, isNot);
    default:
      return humanise(asText(node.type));
  }
}
