/** What can be said of a chosen file before it is sent. */

/** The largest file that an import takes. */
const MAX_BYTES = 500_000_000;

/** Returns why `file` cannot be imported, or null; spreadsheets are the usual mistake. */
export function refusalOf(file: Pick<File, "name" | "size">): string | null {
  if (/\.(xlsx?|ods|numbers)$/i.test(file.name)) {
    return "This is a spreadsheet. Save it as CSV (comma separated), then choose that file.";
  }
  if (!/\.(csv|txt|tsv)$/i.test(file.name)) return "Choose a CSV file: its name ends in .csv.";
  if (file.size === 0) return "This file is empty.";
  if (file.size > MAX_BYTES) return "This file is over 500 MB. Split it into smaller ones.";
  return null;
}
