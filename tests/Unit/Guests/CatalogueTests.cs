extern alias guests;

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using guests::MinusOne.Guests;
using guests::MinusOne.Hv.Guests;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

// What holds for every built-in guest, whoever adds it.
public class CatalogueTests
{
    private const int MostColumns = 100;

    private const string ParagraphStart = @"^\*\*`([a-z0-9-]+)`\*\*(?: \(([A-D]\d+)\))?";

    private static readonly Guest[] s_all = Catalogue.All;

    // The tests run from out/bin/Unit.
    private static string Repository => Path.Combine(AppContext.BaseDirectory, "..", "..", "..");

    private static IEnumerable<GuestScene> Scenes => s_all.SelectMany(guest => guest.Scenes);

    [Fact]
    public void NamesAreUniqueSlugs()
    {
        string[] names = s_all.Select(guest => guest.Name).ToArray();
        Assert.Equal(names.Distinct(), names);
        Assert.All(names, name => Assert.Matches(new Regex("^[a-z0-9]+(-[a-z0-9]+)*$"), name));
    }

    [Fact]
    public void IdsAreUniqueAndOfTheSeeds()
    {
        var seeds = new Dictionary<char, int> { ['A'] = 21, ['B'] = 4, ['C'] = 4, ['D'] = 12 };
        string[] ids = s_all.Select(guest => guest.Id).Where(id => id != "").ToArray();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(ids, id => Assert.InRange(int.Parse(id[1..]), 1, seeds[id[0]]));
    }

    [Fact]
    public void EveryTextIsOneLine()
    {
        Assert.All(
            s_all.Select(guest => guest.Sentence).Concat(Scenes.Select(scene => scene.Title)),
            text => Assert.True(text.Length < MostColumns && text.All(letter => letter is >= ' ' and <= '~'), text));
        Assert.All(s_all, guest => Assert.NotEmpty(guest.Sentence));
    }

    // A paragraph each, in the order of the list: **`name`** (id).
    [Fact]
    public void TheReadmeSpeaksOfEveryGuest()
    {
        string readme = File.ReadAllText(Path.Combine(Repository, "guests", "README.md"));
        IEnumerable<string> paragraphs = Regex.Matches(readme, ParagraphStart, RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value + " " + match.Groups[2].Value);
        Assert.Equal(s_all.Select(guest => guest.Name + " " + guest.Id), paragraphs);
    }

    [Fact]
    public void EveryGuestHasAScene() => Assert.All(s_all, guest => Assert.NotEmpty(guest.Scenes));

    // `all` goes up to the first that wants somebody to type.
    [Fact]
    public void InteractiveGuestsStandLast()
    {
        bool[] wait = [.. s_all.Select(guest => guest.Scenes[0].Flags.HasFlag(SceneFlags.Interactive))];
        Assert.Equal(wait.Order(), wait);
        Assert.All(
            s_all,
            guest => Assert.Single(guest.Scenes.Select(scene => scene.Flags & SceneFlags.Interactive).Distinct()));
    }

    [Fact]
    public void ImagesFitTheirMemory() => Assert.All(
        Scenes.Where(scene => scene.MemoryBytes != 0),
        scene => Assert.InRange(scene.Image.LoadAddress + (ulong)scene.Image.Bytes.Length, 0ul, scene.MemoryBytes));

    [Fact]
    public void ExpectationsNameAReasonOnceAndAreSane() => Assert.All(Scenes, scene =>
    {
        Assert.Equal(scene.Exits.Select(exit => exit.Reason).Distinct(), scene.Exits.Select(exit => exit.Reason));
        Assert.All(scene.Exits, exit => Assert.True(exit.Least <= exit.Most));
    });

    [Fact]
    public void RangesAreInOrder() => Assert.All(
        Scenes.SelectMany(scene => scene.Ports.Concat(scene.Msrs)),
        range => Assert.True(range.First <= range.Last && range.Accesses <= 3));
}
