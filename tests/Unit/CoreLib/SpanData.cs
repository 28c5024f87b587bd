// The same data twice, once for ours and once for theirs, with guards on both sides so that a write outside a span
// shows.

extern alias ours;

using System;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace MinusOne.Tests.Unit.CoreLib;

internal sealed unsafe class SpanData<T> : IDisposable
    where T : unmanaged
{
    private const int Guard = 8;

    private readonly T* _ours;
    private readonly T* _theirs;

    public SpanData(Random random, int length)
    {
        Random = random;
        Length = length;
        byte[] bytes = Values.Bytes(random, (length + (2 * Guard)) * sizeof(T));
        _ours = Copy(bytes);
        _theirs = Copy(bytes);
    }

    public Random Random { get; }

    public int Length { get; }

    public T* OursPointer => _ours + Guard;

    public T* TheirsPointer => _theirs + Guard;

    public ours::System.Span<T> Ours => new(OursPointer, Length);

    public ours::System.ReadOnlySpan<T> OursReadOnly => new(OursPointer, Length);

    public Span<T> Theirs => new(TheirsPointer, Length);

    public ReadOnlySpan<T> TheirsReadOnly => new(TheirsPointer, Length);

    // Spans of random content, most of them short; afterwards memory must be the same on both sides.
    public static void ForEach(Random random, Action<SpanData<T>> check)
    {
        for (int i = 0; i < 40; i++)
        {
            using var data = new SpanData<T>(random, random.Next(random.Next(2) == 0 ? 6 : 100));
            check(data);
            int length = data.Length + (2 * Guard);
            var theirs = new Span<T>(data._theirs, length);
            Assert.True(theirs.SequenceEqual(new Span<T>(data._ours, length)), "different memory");
        }
    }

    // Any index of the span, and one too low and some too high.
    public int Index() => Random.Next(-1, Length + 3);

    public static string Text(ours::System.ReadOnlySpan<T> span)
    {
        var text = new StringBuilder();
        for (int i = 0; i < span.Length; i++)
        {
            text.Append(span[i]).Append(' ');
        }

        return text.ToString();
    }

    public static string Text(ReadOnlySpan<T> span)
    {
        var text = new StringBuilder();
        for (int i = 0; i < span.Length; i++)
        {
            text.Append(span[i]).Append(' ');
        }

        return text.ToString();
    }

    public static string Text(ours::System.Span<T> span) => Text((ours::System.ReadOnlySpan<T>)span);

    public static string Text(Span<T> span) => Text((ReadOnlySpan<T>)span);

    public void Dispose()
    {
        NativeMemory.Free(_ours);
        NativeMemory.Free(_theirs);
    }

    private static T* Copy(byte[] bytes)
    {
        void* memory = NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return (T*)memory;
    }
}
