// What can be run. The guests come from a table that the build writes (name, id, sentence, expected end, makers,
// separated by tabs); what the image can do without a guest is known here.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Ovmf.Runner.Linux;

namespace MinusOne.Ovmf.Runner.Guests;

internal sealed class Catalogue
{
    // Our own, unless the user names another.
    public const string DefaultGuest = "kernel";

    // A kernel that is not part of the project.
    public const string NimbOs = "nimbos";

    private const string All = "all";

    private const string NoId = "-";

    // What the image does without a guest, and the user's files.
    private static readonly GuestRow[] s_builtIn =
    [
        new("check", NoId, "examine this CPU: what VT-x or SVM needs, what it has; then on and off", "ready"),
        new("host-fault", NoId, "a deliberate fault of the hypervisor itself: what its panic report looks like",
            "panic"),
        new(NimbOs, NoId,
            @"the kernel NimbOS: run nimbos --kernel nimbos.bin, or \minusone\nimbos.bin on the ESP (guests/NIMBOS.md)",
            "power-off"),
        .. LinuxGuest.All.Select(guest => new GuestRow(guest.Name, NoId, guest.Sentence, "power-off")),
        new(DefaultGuest, NoId,
            "a small kernel in C# with a shell; with --kernel, that one: Linux, multiboot, PVH, or flat with --entry",
            "power-off"),
    ];

    private Catalogue(IReadOnlyList<GuestRow> rows)
    {
        Rows = rows;
    }

    public IReadOnlyList<GuestRow> Rows { get; }

    public static Catalogue Load(string file) => Parse(File.Exists(file) ? File.ReadLines(file) : []);

    public static Catalogue Parse(IEnumerable<string> lines)
    {
        List<GuestRow> guests =
        [
            .. lines.Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split('\t'))
                .Where(cells => cells.Length >= 3)
                .Select(cells => new GuestRow(cells[0], cells[1], cells[2], cells.ElementAtOrDefault(3) ?? "",
                    cells.ElementAtOrDefault(4) ?? "both")),
        ];
        return new Catalogue([.. s_builtIn, .. guests]);
    }

    // The name to give to the image for what the user typed.
    public string NameOf(string word)
    {
        GuestRow? row = Rows.FirstOrDefault(row => IsSame(row.Name, word)) ??
            Rows.FirstOrDefault(row => row.Id is not (NoId or "") && IsSame(row.Id, word));
        return row?.Name ?? (IsSame(word, All)
            ? All
            : throw new SetUpException($"no such guest '{word}'; ./build.sh run --list shows them"));
    }

    public bool Has(string word) =>
        IsSame(word, All)
        || Rows.Any(row => IsSame(row.Name, word) || (row.Id is not (NoId or "") && IsSame(row.Id, word)));

    // What runs by this name comes from a file of the user's.
    public static bool IsFile(string name) => name is NimbOs or DefaultGuest;

    private static bool IsSame(string left, string right) =>
        string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
