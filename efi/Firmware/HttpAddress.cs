// Where a program came from over HTTP, as its device's path has it: the machine's own address, and the server's file.
// UEFI specification 10.3.4.12 IPv4 Device Path, 10.3.4.22 Uniform Resource Identifiers (URI) Device Path. IPv6 is left
// out.

using System;

namespace MinusOne.Efi.Firmware;

internal readonly unsafe ref struct HttpAddress
{
    private const int Header = 4;
    private const int MostNodes = 64;
    private const byte Messaging = 3, Ipv4 = 12, Uri = 24, End = 0x7F;
    private const int Ipv4Length = 27, Station = 4, Subnet = 23;

    private readonly ReadOnlySpan<byte> _uri;

    private HttpAddress(byte* ipv4, ReadOnlySpan<byte> uri)
    {
        StationAddress = *(uint*)(ipv4 + Station);
        SubnetMask = *(uint*)(ipv4 + Subnet);
        _uri = uri;
    }

    // As they lie in packets.
    public uint StationAddress { get; }

    public uint SubnetMask { get; }

    // The server's name and port.
    public ReadOnlySpan<byte> Server
    {
        get
        {
            int start = StartOfServer;
            int length = _uri.Slice(start).IndexOf((byte)'/');
            return _uri.Slice(start, length < 0 ? _uri.Length - start : length);
        }
    }

    private int StartOfServer => _uri.IndexOf((byte)':') + "://"u8.Length;

    public static bool TryFind(byte* path, out HttpAddress address)
    {
        address = default;
        byte* ipv4 = null;
        for (int i = 0; path != null && i < MostNodes && path[0] != End; i++)
        {
            int length = path[2] | (path[3] << 8);
            if (length < Header)
            {
                return false;
            }

            ipv4 = path[0] == Messaging && path[1] == Ipv4 && length >= Ipv4Length ? path : ipv4;
            var uri = new ReadOnlySpan<byte>(path + Header, length - Header);
            if (path[0] == Messaging && path[1] == Uri && ipv4 != null && IsHttp(uri))
            {
                address = new HttpAddress(ipv4, uri);
                return true;
            }

            path += length;
        }

        return false;
    }

    // Another file beside that one, with a NUL behind it. False: it is too long.
    public bool TryWrite(ReadOnlySpan<char> path, Span<char> url)
    {
        int folder = LengthOfFolder();
        path = path.Slice(path[0] == '\\' ? 1 : 0);
        if (folder + 1 + path.Length > url.Length)
        {
            return false;
        }

        int count = 0;
        for (; count < folder; count++)
        {
            url[count] = (char)_uri[count];
        }

        url[count++] = '/';
        foreach (char unit in path)
        {
            url[count++] = unit == '\\' ? '/' : unit;
        }

        return true;
    }

    // Without the slash at its end. What is asked of a server stands behind a question mark.
    private int LengthOfFolder()
    {
        int question = _uri.IndexOf((byte)'?');
        int length = question < 0 ? _uri.Length : question;
        int start = StartOfServer + Server.Length;
        for (int i = length - 1; i >= start; i--)
        {
            if (_uri[i] == '/')
            {
                return i;
            }
        }

        return Math.Min(length, start);
    }

    private static bool IsHttp(ReadOnlySpan<byte> uri) => Begins(uri, "http://"u8) || Begins(uri, "https://"u8);

    private static bool Begins(ReadOnlySpan<byte> uri, ReadOnlySpan<byte> start) =>
        uri.Length > start.Length && uri.Slice(0, start.Length).SequenceEqual(start);
}
