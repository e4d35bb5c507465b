/** Segments: built with groups, counted while they are built, changed, exported and deleted. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { startSession } from "@/lib/api/session";
import { exported } from "@/test/fake/exports";
import { resetFake, session, state } from "@/test/fake/handlers";
import { idOf } from "@/test/fake/people";
import { renderScreen } from "@/test/render";
import { EditSegmentScreen, NewSegmentScreen } from "./edit-screen";
import { SegmentListScreen } from "./list-screen";

beforeEach(() => {
  resetFake(true);
  startSession(session());
  exported.length = 0;
});

const NOW = "2026-11-20T10:00:00Z";

function saved(filter: unknown, name = "Friends") {
  const one = {
    id: idOf("seg", 9),
    name,
    filter: filter as Record<string, never>,
    created_at: NOW,
    updated_at: NOW,
  };
  state.db.segments.push(one);
  return one;
}

const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));

describe("a new segment", () => {
  it("is built of conditions and a group, and counts whom it finds", async () => {
    renderScreen(<NewSegmentScreen />);
    await press("Save the segment");
    expect(await screen.findByText(/Give the segment a name/)).toBeVisible();
    expect(screen.getByText("Write a tag.")).toBeVisible();
    await userEvent.type(screen.getByRole("textbox", { name: "Name" }), "Friends");
    await userEvent.type(screen.getByRole("combobox", { name: "Tag" }), "VIP");
    await press("Add a group");
    const group = within(screen.getByRole("group", { name: "Group 2" }));
    await userEvent.selectOptions(
      group.getAllByRole("combobox", { name: "Who" })[0] as Element,
      "not",
    );
    await userEvent.selectOptions(group.getByRole("combobox", { name: "Condition" }), "country");
    await userEvent.type(group.getByRole("textbox", { name: "Countries" }), "in");
    await userEvent.click(group.getByRole("button", { name: "Add to this group" }));
    await userEvent.type(group.getByRole("combobox", { name: "Tag" }), "old");
    expect(await screen.findByText(/44 of 130 contacts/)).toBeVisible();
    await press("Save the segment");
    await waitFor(() => expect(state.db.segments).toHaveLength(1));
    expect(state.db.segments[0]).toMatchObject({
      name: "Friends",
      filter: {
        type: "all_of",
        of: [
          { type: "tag", tag: "vip" },
          {
            type: "not",
            of: {
              type: "any_of",
              of: [
                { type: "country", countries: ["IN"] },
                { type: "tag", tag: "old" },
              ],
            },
          },
        ],
      },
    });
  });

  it("says beside the name that it is taken", async () => {
    renderScreen(<NewSegmentScreen />);
    await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "Taken");
    await userEvent.type(screen.getByRole("combobox", { name: "Tag" }), "vip");
    await press("Save the segment");
    expect(await screen.findByText("Another segment has this name.")).toBeVisible();
  });
});

describe("a saved segment", () => {
  it("is changed where it is shown", async () => {
    const one = saved({ type: "all_of", of: [{ type: "tag", tag: "vip" }] });
    renderScreen(<EditSegmentScreen id={one.id} />);
    const tag = await screen.findByRole("combobox", { name: "Tag" });
    expect(tag).toHaveValue("vip");
    await userEvent.type(tag, "s");
    await press("Save the segment");
    await waitFor(() =>
      expect(one.filter).toEqual({ type: "all_of", of: [{ type: "tag", tag: "vips" }] }),
    );
  });

  it("that is deeper than the form keeps its conditions when it is renamed", async () => {
    const deep = { type: "tag", tag: "vip" };
    const filter = {
      type: "all_of",
      of: [{ type: "any_of", of: [{ type: "all_of", of: [deep, deep] }] }],
    };
    const one = saved(filter);
    renderScreen(<EditSegmentScreen id={one.id} />);
    await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), " of ours");
    expect(screen.getByText(/nested deeper than this form/)).toBeVisible();
    await press("Save the segment");
    await waitFor(() => expect(one.name).toBe("Friends of ours"));
    expect(one.filter).toEqual(filter);
  });

  it("is listed in words, exported, and deleted after a question", async () => {
    const one = saved({ type: "not", of: { type: "tag", tag: "vip" } });
    renderScreen(<SegmentListScreen />);
    expect(await screen.findByText("Everybody who does not have the tag “vip”.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Send a campaign to Friends" })).toHaveAttribute(
      "href",
      `/campaigns/new?segment=${one.id}`,
    );
    await press("Export Friends");
    await press("Write the file");
    await waitFor(() => expect(exported).toEqual([{ segment_id: one.id }]));
    await userEvent.keyboard("{Escape}");
    await press("Delete Friends");
    await press("Delete the segment");
    expect(await screen.findByText("No segments yet")).toBeVisible();
  });
});
