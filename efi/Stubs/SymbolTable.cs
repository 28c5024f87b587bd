// The names of the image's functions, for panic reports: made from the map that a first link writes, linked in by a
// second. The table is read-only data behind the code, so the addresses it names do not move when it grows.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace MinusOne.Efi.Stubs;

internal static partial class SymbolTable
{
    private const ulong ImageBase = 0x1_4000_0000;
    private const uint CodeStart = 0x1000;
    private const string CompilerPrefix = "minusone_";

    // For a first link.
    public static byte[] Empty() => ToBytes([], 0);

    public static byte[] FromMap(IEnumerable<string> lines)
    {
        var functions = lines
            .Select(line => PublicSymbol().Match(line))
            .Where(match => match.Success)
            .Select(match => (
                Name: Readable(match.Groups[1].Value),
                Start: (uint)(ulong.Parse(
                    match.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) - ImageBase)))
            .OrderBy(function => function.Start)
            .DistinctBy(function => function.Start)
            .ToList();
        return ToBytes(functions, functions.Count == 0 ? 0 : functions[^1].Start + CodeStart);
    }

    private static byte[] ToBytes(List<(string Name, uint Start)> functions, uint end)
    {
        var table = new MemoryStream();
        var writer = new BinaryWriter(table);
        writer.Write(functions.Count);
        writer.Write(end);
        uint last = 0;
        foreach ((string name, uint start) in functions)
        {
            writer.Write(checked((ushort)(start - last)));
            writer.Write(Encoding.ASCII.GetBytes(name + '\0'));
            last = start;
        }

        return table.ToArray();
    }

    // minusone_MinusOne_Hv_Vmx_Vmcs__Read_3 -> Vmcs.Read: type and method are enough to find the place.
    private static string Readable(string symbol)
    {
        if (!symbol.StartsWith(CompilerPrefix, StringComparison.Ordinal))
        {
            return symbol;
        }

        string name = TypeArguments().Replace(symbol, "");
        int split = name.LastIndexOf("__", StringComparison.Ordinal);
        if (split < 0)
        {
            return name;
        }

        string type = name[..split];
        return type[(type.LastIndexOf('_') + 1)..] + "." + Overload().Replace(name[(split + 2)..], "");
    }

    // " 0001:00000020   Name   0000000140001020   managed.obj": section 1 is the code.
    [GeneratedRegex(@"^ 0001:[0-9a-f]{8}\s+(\S+)\s+([0-9a-f]{16})\s")]
    private static partial Regex PublicSymbol();

    [GeneratedRegex("_[0-9]+<.*>|<.*>")]
    private static partial Regex TypeArguments();

    [GeneratedRegex("_[0-9]+$")]
    private static partial Regex Overload();
}
