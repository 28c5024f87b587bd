// Which function an address belongs to: out of ELF files, linkers' maps, and lists as Linux has them (System.map). A
// function reaches to the next one, and no further than 1 MiB.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Traces;

internal sealed partial class SymbolNames
{
    private const ulong Farthest = 1 << 20;
    private const uint SymbolTable = 2;
    private const string OwnKernel = "kernel";

    private static readonly string[] s_ownMaps =
        [Repository.File("out", "kernel", "zero.map"), Repository.File("out", "kernel", "programs.map")];

    private readonly SortedDictionary<ulong, string> _found = [];
    private ulong[] _addresses = [];
    private string[] _names = [];

    // The files' names; without any, those of the built-in kernel and its programs, if that ran.
    public static SymbolNames For(TraceData data, IReadOnlyCollection<string> files)
    {
        var symbols = new SymbolNames();
        foreach (string file in files)
        {
            symbols.Add(File.Exists(file)
                ? file
                : throw new SetUpException($"no file '{file}'; --names takes an ELF file or a map"));
        }

        bool isOwn = files.Count == 0 && data.Guests.Exists(guest => guest.Name == OwnKernel);
        foreach (string map in s_ownMaps.Where(map => isOwn && File.Exists(map)))
        {
            symbols.Add(map);
        }

        return symbols;
    }

    // A file that has no names is refused.
    public void Add(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int before = _found.Count;
        if (bytes.AsSpan().StartsWith("\x7FELF"u8))
        {
            try
            {
                AddElf(bytes);
            }
            catch (ArgumentOutOfRangeException)
            {
                throw new SetUpException($"'{file}' is an ELF file whose tables lie outside it");
            }
        }
        else
        {
            AddLines(Encoding.UTF8.GetString(bytes));
        }

        if (_found.Count == before)
        {
            throw new SetUpException(
                $"'{file}' has no names of functions; --names takes an ELF file with symbols, or a map");
        }

        _addresses = [.. _found.Keys];
        _names = [.. _found.Values];
    }

    // Empty: nobody's.
    public string Of(ulong address)
    {
        int at = Array.BinarySearch(_addresses, address);
        at = at >= 0 ? at : ~at - 1;
        ulong offset = at < 0 ? 0 : address - _addresses[at];
        return at < 0 || offset > Farthest ? "" : offset == 0 ? _names[at] : $"{_names[at]}+{offset:X}";
    }

    public string FunctionOf(ulong address) => Of(address).Split('+')[0];

    private void AddElf(byte[] file)
    {
        bool is64 = file[4] == 2;
        Func<int, ulong> word = at => is64
            ? BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at))
            : BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));
        Func<int, uint> half = at => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));
        int sections = (int)word(is64 ? 0x28 : 0x20);
        int entry = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(is64 ? 0x3A : 0x2E));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(is64 ? 0x3C : 0x30));
        for (int i = 0; i < count; i++)
        {
            int section = sections + (i * entry);
            if (half(section + 4) != SymbolTable)
            {
                continue;
            }

            int table = (int)word(section + (is64 ? 0x18 : 0x10));
            int bytes = (int)word(section + (is64 ? 0x20 : 0x14));
            int strings = sections + ((int)half(section + (is64 ? 0x28 : 0x18)) * entry);
            int names = (int)word(strings + (is64 ? 0x18 : 0x10));
            int size = is64 ? 24 : 16;
            for (int at = table; at + size <= table + bytes; at += size)
            {
                byte kind = file[at + (is64 ? 4 : 12)];
                ulong value = word(at + (is64 ? 8 : 4));
                if ((kind & 15) is 0 or 2 && value != 0)
                {
                    AddName(value, TextAt(file, names + (int)half(at)));
                }
            }
        }
    }

    private static string TextAt(byte[] file, int at)
    {
        ReadOnlySpan<byte> rest = file.AsSpan(at);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    // "ffffffff81000000 T startup_64", or " 0001:00000000  KernelMain  0000000000201000  zero.obj".
    private void AddLines(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            Match list = ListLine().Match(line), map = MapLine().Match(line);
            Match found = list.Success ? list : map;
            if (found.Success)
            {
                ulong address = ulong.Parse(found.Groups["at"].Value, NumberStyles.AllowHexSpecifier);
                AddName(address, found.Groups["name"].Value);
            }
        }
    }

    private void AddName(ulong address, string name)
    {
        if (name.Length > 0)
        {
            _found.TryAdd(address, Readable(name));
        }
    }

    // Our compiler's names: assembly_Name_Space_Type__Method.
    private static string Readable(string name)
    {
        int parts = name.LastIndexOf("__", StringComparison.Ordinal);
        return parts > 0 && OursBegin().IsMatch(name) ? $"{name[..parts].Split('_')[^1]}.{name[(parts + 2)..]}" : name;
    }

    [GeneratedRegex("^[a-z0-9]+_(MinusOne|System|Internal)_", RegexOptions.IgnoreCase)]
    private static partial Regex OursBegin();

    [GeneratedRegex(@"^(?<at>[0-9a-fA-F]{8,16}) [tTwW] (?<name>\S+)")]
    private static partial Regex ListLine();

    [GeneratedRegex(@"^ [0-9a-f]{4}:[0-9a-f]{8}\s+(?<name>\S+)\s+(?<at>[0-9a-f]{16})\s")]
    private static partial Regex MapLine();
}
