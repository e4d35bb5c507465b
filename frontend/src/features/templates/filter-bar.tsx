/** Narrows the list of templates: by words, status, category, language, quality and account. */
import { Search } from "lucide-react";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import type { Filters, Num } from "./api";
import { oneOfEach } from "./basics-fields";
import { readFilters } from "./filters";
import { CATEGORY_WORDS, LANGUAGES, languageName, QUALITY_WORDS, STATUS_WORDS } from "./words";

interface Option {
  value: string;
  label: string;
}

interface FilterBarProps {
  filters: Filters;
  search: string;
  numbers: readonly Num[];
  onFilters: (filters: Filters) => void;
  onSearch: (search: string) => void;
}

export function FilterBar({ filters, search, numbers, onFilters, onSearch }: FilterBarProps) {
  const accounts = oneOfEach(numbers);
  const choices: { name: keyof Filters; label: string; options: Option[] }[] = [
    {
      name: "status",
      label: "Status",
      options: Object.entries(STATUS_WORDS).map(([value, { label }]) => ({ value, label })),
    },
    {
      name: "category",
      label: "Category",
      options: Object.entries(CATEGORY_WORDS).map(([value, { label }]) => ({ value, label })),
    },
    {
      name: "language",
      label: "Language",
      options: LANGUAGES.map((value) => ({ value, label: `${languageName(value)} (${value})` })),
    },
    {
      name: "quality",
      label: "Quality",
      options: Object.entries(QUALITY_WORDS).map(([value, { label }]) => ({ value, label })),
    },
    ...(accounts.length > 1
      ? [
          {
            name: "number_id" as const,
            label: "Account",
            options: accounts.map((one) => ({
              value: one.id,
              label: `${one.verified_name} · ${one.display_phone_number}`,
            })),
          },
        ]
      : []),
  ];
  return (
    <search className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:flex lg:flex-wrap">
      <Field label="Search" className="col-span-2 sm:col-span-1 lg:w-56">
        {(control) => (
          <span className="relative block">
            <Search
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
            />
            <Input
              {...control}
              type="search"
              className="pl-8"
              placeholder="Name or text"
              value={search}
              onChange={(event) => onSearch(event.target.value)}
            />
          </span>
        )}
      </Field>
      {choices.map(({ name, label, options }) => (
        <Field key={name} label={label} className="lg:w-36">
          {(control) => (
            <Select
              {...control}
              value={filters[name] ?? ""}
              onChange={(event) =>
                onFilters(readFilters({ ...filters, [name]: event.target.value }))
              }
            >
              <option value="">All</option>
              {options.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ))}
    </search>
  );
}
