/** What customers see of a number: read by all, changed by those who may. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ImageUp } from "lucide-react";
import { useRef } from "react";
import { useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import { Avatar } from "@/components/app/avatar";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { showProblem } from "@/lib/form-problem";
import { uploadMedia } from "@/lib/media-upload";
import { type Num, type Profile, profileQuery, useChangeProfile } from "./api";
import { changesOf, valuesOf } from "./profile-values";
import { type ProfileValues, profileSchema } from "./schema";
import { VERTICALS } from "./words";

function Picture({ number, profile }: { number: Num; profile: Profile }) {
  const input = useRef<HTMLInputElement>(null);
  const change = useChangeProfile(number.id);
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const picture = await uploadMedia(file, "image");
      return change.mutateAsync({ picture_media_id: picture.id });
    },
    onSuccess: () => toast.success("The picture is changed."),
  });
  return (
    <div className="flex flex-wrap items-center gap-4">
      {profile.picture_url ? (
        <img
          src={profile.picture_url}
          alt=""
          className="size-16 rounded-full bg-sunken object-cover"
        />
      ) : (
        <Avatar name={number.verified_name} seed={number.id} className="size-16 text-xl" />
      )}
      <div className="min-w-0">
        <input
          ref={input}
          type="file"
          accept="image/jpeg,image/png"
          tabIndex={-1}
          aria-label="Picture file"
          className="sr-only"
          onChange={(event) => {
            const file = event.target.files?.item(0);
            if (file) upload.mutate(file);
            event.target.value = "";
          }}
        />
        <Button isBusy={upload.isPending} onClick={() => input.current?.click()}>
          {upload.isPending ? null : <ImageUp aria-hidden />}
          {upload.isPending ? "Uploading" : "Change the picture"}
        </Button>
        <p className="mt-1.5 text-muted text-xs">
          A square JPEG or PNG, best 640 × 640, up to 5 MB.
        </p>
        {upload.error ? (
          <p role="alert" className="text-danger-text text-xs">
            {sentenceOf(upload.error)}
          </p>
        ) : null}
      </div>
    </div>
  );
}

const TEXTS = [
  { name: "about", label: "About", most: 139, rows: 1, hint: "The line below the name." },
  { name: "description", label: "Description", most: 512, rows: 3, hint: undefined },
  { name: "address", label: "Address", most: 256, rows: 2, hint: undefined },
] as const;

function ProfileForm({ number, profile }: { number: Num; profile: Profile }) {
  const change = useChangeProfile(number.id);
  const form = useForm<ProfileValues>({
    resolver: standardSchemaResolver(profileSchema),
    values: valuesOf(profile),
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isSubmitting, isDirty } = form.formState;
  const written = useWatch({ control: form.control });
  const submit = form.handleSubmit(async (values) => {
    const changes = changesOf(profile, values);
    if (changes === null) {
      form.reset(values);
      return;
    }
    if (changes.about === "") {
      const message = "WhatsApp lets this line be changed, but not be taken away.";
      form.setError("about", { message }, { shouldFocus: true });
      return;
    }
    try {
      form.reset(valuesOf(await change.mutateAsync(changes)));
      toast.success("The profile is changed.");
    } catch (error) {
      showProblem(error, form.setError, ["about", "description", "address", "email", "vertical"]);
    }
  });
  return (
    <form
      noValidate
      onSubmit={(event) => void submit(event)}
      className="grid gap-4 border-t p-4 sm:grid-cols-2"
    >
      <div className="empty:hidden sm:col-span-2">
        <FormError>{errors.root?.message}</FormError>
      </div>
      {TEXTS.map(({ name, label, most, rows, hint }) => (
        <Field
          key={name}
          label={label}
          beside={`${[...(written[name] ?? "")].length} / ${most}`}
          hint={hint}
          error={errors[name]?.message}
          className="sm:col-span-2"
        >
          {(control) => <Textarea {...control} {...form.register(name)} rows={rows} dir="auto" />}
        </Field>
      ))}
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => (
          <Input {...control} {...form.register("email")} type="email" autoComplete="off" />
        )}
      </Field>
      <Field label="Kind of business" error={errors.vertical?.message}>
        {(control) => (
          <Select {...control} {...form.register("vertical")}>
            {Object.entries(VERTICALS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {(["website1", "website2"] as const).map((name, index) => (
        <Field
          key={name}
          label={index === 0 ? "Website" : "Second website"}
          error={errors[name]?.message}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register(name)}
              type="url"
              placeholder="https://example.com"
              autoComplete="off"
            />
          )}
        </Field>
      ))}
      <div className="flex flex-wrap items-center gap-3 sm:col-span-2">
        <Button type="submit" variant="primary" isBusy={isSubmitting} disabled={!isDirty}>
          Save the profile
        </Button>
        {isDirty ? (
          <Button variant="ghost" onClick={() => form.reset(valuesOf(profile))}>
            Undo
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function ProfileFacts({ profile }: { profile: Profile }) {
  const facts = [
    ["About", profile.about],
    ["Description", profile.description],
    ["Address", profile.address],
    ["E-mail", profile.email],
    ["Kind of business", VERTICALS[profile.vertical] ?? profile.vertical],
    ["Websites", profile.websites.join(", ")],
  ] as const;
  return (
    <dl className="divide-y border-t">
      {facts.map(([term, words]) => (
        <div key={term} className="px-4 py-2">
          <dt className="text-muted text-xs">{term}</dt>
          <dd className="wrap-anywhere whitespace-pre-line">{words || "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

export function ProfileCard({ number, canWrite }: { number: Num; canWrite: boolean }) {
  const query = useQuery(profileQuery(number.id));
  const body = () => {
    if (!query.data) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={3} label="The profile is being loaded" />;
    }
    if (!canWrite) return <ProfileFacts profile={query.data} />;
    return (
      <>
        <div className="p-4">
          <Picture number={number} profile={query.data} />
        </div>
        <ProfileForm number={number} profile={query.data} />
      </>
    );
  };
  return (
    <Card aria-labelledby="profile-title">
      <CardHeading id="profile-title" title="What customers see" />
      {body()}
    </Card>
  );
}
