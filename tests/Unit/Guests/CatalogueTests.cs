extern alias guests;
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using guests::MinusOne.Guests;
using guests::MinusOne.Hv.Guests;
using Xunit;
using VmFeatures = guests::MinusOne.Hv.Guests.VmFeatures;

namespace MinusOne.Tests.Unit.Guests;

// What holds for every built-in guest, whoever adds it.
public class CatalogueTests
{
    private const int MostColumns = 100;

    private const string ParagraphStart = @"^\*\*`([a-z0-9-]+)`\*\*(?: \(([A-D]\d+)\))?";

    private static readonly Guest[] s_all = Catalogue.All;

    // The tests run from out/bin/Unit.
    private static string Repository => Path.Combine(AppContext.BaseDirectory, "..", "..", "..");

    private static IEnumerable<GuestConfig> Configs => s_all.SelectMany(guest => guest.Configs);

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
            s_all.Select(guest => guest.Sentence).Concat(Configs.Select(config => config.Title)),
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
    public void EveryGuestHasAScene() => Assert.All(s_all, guest => Assert.NotEmpty(guest.Configs));

    // `all` goes up to the first that wants somebody to type.
    [Fact]
    public void InteractiveGuestsStandLast()
    {
        bool[] wait = [.. s_all.Select(guest => guest.Configs[0].Flags.HasFlag(VmFeatures.Interactive))];
        Assert.Equal(wait.Order(), wait);
        Assert.All(
            s_all,
            guest => Assert.Single(guest.Configs.Select(config => config.Flags & VmFeatures.Interactive).Distinct()));
    }

    [Fact]
    public void ImagesFitTheirMemory() => Assert.All(
        Configs.Where(config => config.MemoryBytes != 0),
        config => Assert.InRange(config.Image.LoadAddress + (ulong)config.Image.Bytes.Length, 0ul, config.MemoryBytes));

    [Fact]
    public void ExpectationsNameAReasonOnceAndAreSane() => Assert.All(Configs, config =>
    {
        Assert.Equal(config.Exits.Select(exit => exit.Reason).Distinct(), config.Exits.Select(exit => exit.Reason));
        Assert.All(config.Exits, exit => Assert.True(exit.Least <= exit.Most));
    });

    [Fact]
    public void RangesAreInOrder() => Assert.All(
        Configs.SelectMany(config => config.Ports.Concat(config.Msrs)),
        range => Assert.True(range.First <= range.Last && range.Accesses <= 3));
}
