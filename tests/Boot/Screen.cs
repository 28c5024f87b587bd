// What a run prints, as it comes, so that somebody can wait for it.

using System;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace MinusOne.Tests.Boot;

internal sealed class Screen(Stream stream)
{
    private readonly MemoryStream _bytes = new();
    private readonly SemaphoreSlim _more = new(0);
    private int _seen;
    private bool _isOver;

    public async Task<byte[]> ReadAll()
    {
        byte[] buffer = new byte[4096];
        int length;
        while ((length = await stream.ReadAsync(buffer)) > 0)
        {
            lock (_bytes)
            {
                _bytes.Write(buffer, 0, length);
            }

            _more.Release();
        }

        Volatile.Write(ref _isOver, true);
        _more.Release();
        return _bytes.ToArray();
    }

    // Waits for the text behind what was seen before. False: it has not come, and nothing else will.
    public async Task<bool> Shows(string text)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(text);
        while (!TryFind(wanted))
        {
            if (Volatile.Read(ref _isOver))
            {
                return TryFind(wanted);
            }

            await _more.WaitAsync();
        }

        return true;
    }

    private bool TryFind(byte[] wanted)
    {
        lock (_bytes)
        {
            int at = _bytes.GetBuffer().AsSpan(_seen, (int)_bytes.Length - _seen).IndexOf(wanted);
            _seen += at < 0 ? 0 : at + wanted.Length;
            return at >= 0;
        }
    }
}
