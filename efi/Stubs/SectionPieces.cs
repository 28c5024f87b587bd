// A section of the compiler's object as its pieces, from one symbol to the next, and what it takes to lay some of them
// out anew: content, symbols and the places of relocations move together.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MinusOne.Efi.Stubs;

internal sealed class SectionPieces
{
    private readonly CoffEditor _editor;
    private readonly int _section;
    private readonly int[] _starts;
    private readonly int?[] _moved;
    private readonly MemoryStream _content = new();

    public SectionPieces(CoffEditor editor, int section)
    {
        _editor = editor;
        _section = section;
        Original = editor.Content(section).ToArray();
        Symbols = editor.Symbols().Where(symbol => editor.SectionOf(symbol) == section)
            .ToLookup(editor.Value);
        _starts = [.. Symbols.Select(symbols => symbols.Key).Order()];
        _moved = new int?[_starts.Length];
        if (_starts.FirstOrDefault() != 0)
        {
            throw new InvalidDataException($"section {section} of the compiler's object starts without a symbol");
        }
    }

    public byte[] Original { get; }

    // By where they stand.
    public ILookup<int, int> Symbols { get; }

    public int Count => _starts.Length;

    public int Start(int piece) => _starts[piece];

    public int End(int piece) => piece + 1 < _starts.Length ? _starts[piece + 1] : Original.Length;

    public int At(int offset)
    {
        int piece = Array.BinarySearch(_starts, offset);
        return piece >= 0 ? piece : ~piece - 1;
    }

    // Lays the piece, without what is behind `end`, behind those that were kept before. Where it stands now.
    public void Keep(int piece, int end, int alignment)
    {
        while ((_content.Length - Start(piece)) % alignment != 0)
        {
            _content.WriteByte(0);
        }

        _moved[piece] = (int)_content.Length;
        _content.Write(Original.AsSpan(Start(piece)..end));
    }

    // Where what stood at the offset stands now; null if that was not kept.
    public int? Moved(int offset) => _moved[At(offset)] + (offset - Start(At(offset)));

    public void Write(Action<byte[]> change)
    {
        byte[] content = _content.ToArray();
        change(content);
        content.CopyTo(_editor.Content(_section));
        _editor.Resize(_section, content.Length);
        foreach (int relocation in _editor.Relocations(_section))
        {
            _editor.Move(
                relocation,
                Moved(_editor.Place(relocation)) ?? throw new InvalidDataException("a relocation in what goes"));
        }

        for (int piece = 0; piece < Count; piece++)
        {
            if (_moved[piece] is int moved)
            {
                foreach (int symbol in Symbols[Start(piece)])
                {
                    _editor.Define(symbol, _section, moved);
                }
            }
        }
    }
}
