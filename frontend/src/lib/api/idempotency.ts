/** Keys with which a POST may be repeated and is still carried out once (`Idempotency-Key`). */
import { useState } from "react";

/** A key that nobody else has: 128 random bits. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface KeyRing {
  /** The key of this very request: the same as before if the request is, so that a retry is one. */
  keyFor: (request: unknown) => string;
  /** After the request was carried out: the next one, even if alike, is another. */
  forget: () => void;
}

export function createKeyRing(): KeyRing {
  let last = { request: "", key: "" };
  return {
    keyFor(request) {
      const text = JSON.stringify(request);
      if (text !== last.request || last.key === "") last = { request: text, key: newKey() };
      return last.key;
    },
    forget() {
      last = { request: "", key: "" };
    },
  };
}

/** A ring that lives as long as the form that sends. */
export function useKeyRing(): KeyRing {
  return useState(createKeyRing)[0];
}
