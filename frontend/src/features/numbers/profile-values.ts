/** A profile as the form has it, and what of it was changed. Pure. */
import type { Profile, ProfileChange } from "./api";
import type { ProfileValues } from "./schema";

export function valuesOf(profile: Profile): ProfileValues {
  return {
    about: profile.about,
    description: profile.description,
    address: profile.address,
    email: profile.email,
    vertical: profile.vertical || "UNDEFINED",
    website1: profile.websites[0] ?? "",
    website2: profile.websites[1] ?? "",
  };
}

/** Only what differs, as Meta leaves the rest as it is; null if nothing does. */
export function changesOf(profile: Profile, values: ProfileValues): ProfileChange | null {
  const before = valuesOf(profile);
  const changes: ProfileChange = {};
  for (const name of ["about", "description", "address", "email"] as const) {
    if (values[name] !== before[name]) changes[name] = values[name];
  }
  if (values.vertical !== before.vertical) {
    changes.vertical = values.vertical as NonNullable<ProfileChange["vertical"]>;
  }
  if (values.website1 !== before.website1 || values.website2 !== before.website2) {
    changes.websites = [values.website1, values.website2].filter(Boolean);
  }
  return Object.keys(changes).length > 0 ? changes : null;
}
