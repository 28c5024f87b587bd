// Whether a profile is wanted, where it goes, how many samples a second it has, and whose names it takes.

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Profiles;
using MinusOne.Ovmf.Runner.Traces;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed record ProfileOption(string? File, uint Rate, IReadOnlyList<string> Names)
{
    public const uint DefaultRate = 1000;

    public static ProfileOption Read(bool isGiven, string? file, string? rate, IReadOnlyList<string> names)
    {
        if (!isGiven)
        {
            return rate == null && names.Count == 0
                ? new(null, 0, [])
                : throw new SetUpException("--profile-rate and --names are about a profile; add --profile");
        }

        file ??= Path.GetRelativePath(Directory.GetCurrentDirectory(), Repository.File("out", "profile"));
        FinishedFile.CheckTarget(ProfileFiles.Json(file));
        FinishedFile.CheckTarget(ProfileFiles.Svg(file));
        foreach (string one in names)
        {
            new SymbolNames().Add(System.IO.File.Exists(one)
                ? one
                : throw new SetUpException($"no file '{one}'; --names takes an ELF file or a map"));
        }

        return new(file, RateOf(rate), names);
    }

    // A kernel that brings its names needs no other file for them.
    public IReadOnlyList<string> NamesFor(string? kernel)
    {
        if (File == null || Names.Count != 0 || kernel == null)
        {
            return Names;
        }

        try
        {
            new SymbolNames().Add(kernel);
            return [kernel];
        }
        catch (SetUpException)
        {
            return [];
        }
    }

    private static uint RateOf(string? text)
    {
        bool isGood = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint rate)
            && rate is > 0 and <= TraceFormat.MostSamplesASecond;
        return text == null ? DefaultRate
            : isGood ? rate
            : throw new SetUpException($"'{text}' is no rate; --profile-rate takes samples a second, from 1 to "
                + $"{TraceFormat.MostSamplesASecond}");
    }
}
