// A short menu of what can be run: first all that start by themselves, if any do, then every guest of the configuration
// file, then what is built in. A digit starts a row, the arrows and Enter do, and so does time that passes without any
// key. Pure: BootMenu has the keys and the clock. Key codes are those of the UEFI specification, 12.1.2
// EFI_SIMPLE_TEXT_INPUT_PROTOCOL.

using System;

namespace MinusOne.Efi.Options;

internal ref struct Menu
{
    public const ushort Up = 1;
    public const ushort Down = 2;

    private readonly ReadOnlySpan<byte> _autostart;
    private readonly ReadOnlySpan<byte> _names;
    private int _chosen;

    // The words of each.
    public Menu(ReadOnlySpan<byte> autostart, ReadOnlySpan<byte> names)
    {
        _autostart = OptionText.Trim(autostart);
        _names = names;
        _chosen = 0;
        Count = _autostart.IsEmpty ? 0 : 1;
        foreach (ReadOnlySpan<byte> name in new WordList(names))
        {
            Count++;
        }
    }

    // At least one.
    public int Count { get; }

    public readonly int Chosen => _chosen;

    // What a row runs.
    public readonly ReadOnlySpan<byte> this[int row]
    {
        get
        {
            row -= _autostart.IsEmpty ? 0 : 1;
            foreach (ReadOnlySpan<byte> name in new WordList(_names))
            {
                if (row-- == 0)
                {
                    return name;
                }
            }

            return _autostart;
        }
    }

    // True: the chosen row is to start.
    public bool Press(ushort code, char unit)
    {
        int digit = unit - '1';
        if (digit >= 0 && digit < Math.Min(Count, 9))
        {
            _chosen = digit;
            return true;
        }

        _chosen = code == Up ? _chosen + Count - 1 : code == Down ? _chosen + 1 : _chosen;
        _chosen %= Count;
        return unit is '\r' or '\n';
    }
}
