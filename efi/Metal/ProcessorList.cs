// The processors that a machine has, by the ids of their local APICs, as firmware lists them: each once, and no more
// than can be used.
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Metal;

internal struct ProcessorList
{
    public const int Most = 64;

    private Ids _ids;

    public int Count { readonly get; private set; }

    // Those for which there is no place.
    public uint LeftOut { readonly get; private set; }

    public readonly uint this[int index] => _ids[index];

    public static ProcessorList Of(in AcpiTable table)
    {
        ProcessorList list = default;
        var madt = new Madt(table);
        while (madt.MoveNext())
        {
            if (madt.IsProcessor(out uint apicId))
            {
                list.Add(apicId);
            }
        }

        return list;
    }

    public void Add(uint apicId)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_ids[i] == apicId)
            {
                return;
            }
        }

        if (Count == Most)
        {
            LeftOut++;
            return;
        }

        _ids[Count++] = apicId;
    }

    [InlineArray(Most)]
    private struct Ids
    {
        private uint _first;
    }
}
