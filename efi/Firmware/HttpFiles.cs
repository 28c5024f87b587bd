// Files of the server that this program came from over HTTP: by firmware's own protocol, on a connection for each. UEFI
// specification 29.6 EFI HTTP Protocols. What a server sends without telling how long it is, is left out.

using System;

namespace MinusOne.Efi.Firmware;

internal static unsafe class HttpFiles
{
    private const int MostUrl = 512;
    private const int MostServer = 256;
    private const ulong MostBytes = 1UL << 31;
    private const uint Milliseconds = 10_000;

    // A look takes firmware some time of its own.
    private const ulong Pause = 50;
    private const ulong MostLooks = Milliseconds * 1000 / Pause;

    // As Volume reads; `path` ends with a NUL.
    public static EfiStatus Read(void* device, ReadOnlySpan<char> path, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        var devicePath = (byte*)Services.ProtocolOf(device, Guid.DevicePath);
        Guid service = Guid.HttpServiceBinding;
        void* card = null;
        void* child = null;
        char* url = stackalloc char[MostUrl];
        if (!HttpAddress.TryFind(devicePath, out HttpAddress address) || !address.TryWrite(path, new(url, MostUrl))
            || Services.Boot->LocateDevicePath(&service, &devicePath, &card) != EfiStatus.Success)
        {
            return EfiStatus.NotFound;
        }

        var binding = (ServiceBinding*)Services.ProtocolOf(card, service);
        if (binding == null || binding->CreateChild(binding, &child) != EfiStatus.Success)
        {
            return EfiStatus.NotFound;
        }

        var http = (HttpProtocol*)Services.ProtocolOf(child, Guid.Http);
        EfiStatus status = EfiStatus.NotFound;
        if (http != null)
        {
            var token = new HttpToken();
            Services.Boot->CreateEvent(0, 0, null, null, &token.Event);
            status = Configure(http, address);
            status = status == EfiStatus.Success ? Ask(http, &token, address.Server, url) : status;
            status = status == EfiStatus.Success ? Receive(http, &token, out content, out length) : status;
            http->Configure(http, null);
            Services.Boot->CloseEvent(token.Event);
        }

        binding->DestroyChild(binding, child);
        return status;
    }

    private static EfiStatus Configure(HttpProtocol* http, in HttpAddress address)
    {
        var point = new HttpAccessPoint
        {
            UseDefaultAddress = (byte)(address.StationAddress == 0 ? 1 : 0),
            LocalAddress = address.StationAddress,
            LocalSubnet = address.SubnetMask,
        };
        var configuration = new HttpConfiguration
        {
            Version = HttpVersion.Http11,
            Milliseconds = Milliseconds,
            AccessPoint = &point,
        };
        return http->Configure(http, &configuration);
    }

    private static EfiStatus Ask(HttpProtocol* http, HttpToken* token, ReadOnlySpan<byte> server, char* url)
    {
        byte* host = stackalloc byte[MostServer];
        if (server.Length >= MostServer)
        {
            return EfiStatus.NotFound;
        }

        server.CopyTo(new(host, server.Length));
        fixed (byte* name = "Host\0"u8)
        {
            var header = new HttpHeader { Name = name, Value = host };
            var data = new HttpRequestData { Method = HttpMethod.Get, Url = url };
            var message = new HttpMessage { Data = &data, HeaderCount = 1, Headers = &header };
            token->Message = &message;
            token->Status = EfiStatus.NotReady;
            EfiStatus status = http->Request(http, token);
            return status == EfiStatus.Success ? Wait(http, token) : status;
        }
    }

    // What comes first tells how much there is; then the content, in pieces.
    private static EfiStatus Receive(HttpProtocol* http, HttpToken* token, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        uint answer = 0;
        var message = new HttpMessage { Data = &answer };
        EfiStatus status = Response(http, token, &message);
        bool isKnown = HttpHeaders.TryLength(message.Headers, message.HeaderCount, out ulong size);
        Free(message.Headers, message.HeaderCount);
        if (status != EfiStatus.Success || !isKnown || size > MostBytes)
        {
            return status == EfiStatus.HttpError ? EfiStatus.NotFound
                : status == EfiStatus.Success ? EfiStatus.Unsupported : status;
        }

        status = LoanedPages.Take((size / LoanedPages.PageSize) + 1, out content);
        while (status == EfiStatus.Success && length < size)
        {
            ulong piece = size - length;
            status = ReadPiece(http, token, content + length, ref piece);
            length += piece;
        }

        return status;
    }

    // Firmware has taken memory for each of the texts, and for the list.
    private static void Free(HttpHeader* headers, ulong count)
    {
        for (ulong i = 0; headers != null && i < count; i++)
        {
            Services.Free(headers[i].Name);
            Services.Free(headers[i].Value);
        }

        Services.Free(headers);
    }

    private static EfiStatus ReadPiece(HttpProtocol* http, HttpToken* token, byte* start, ref ulong length)
    {
        var message = new HttpMessage { Body = start, BodyLength = length };
        EfiStatus status = Response(http, token, &message);
        length = message.BodyLength;
        return status == EfiStatus.Success && length == 0 ? EfiStatus.DeviceError : status;
    }

    private static EfiStatus Response(HttpProtocol* http, HttpToken* token, HttpMessage* message)
    {
        token->Message = message;
        token->Status = EfiStatus.NotReady;
        EfiStatus status = http->Response(http, token);
        return status == EfiStatus.Success ? Wait(http, token) : status;
    }

    private static EfiStatus Wait(HttpProtocol* http, HttpToken* token)
    {
        for (ulong i = 0; i < MostLooks; i++)
        {
            http->Poll(http);
            if (token->Status != EfiStatus.NotReady)
            {
                return token->Status;
            }

            Services.Boot->Stall(Pause);
        }

        http->Cancel(http, token);
        return EfiStatus.Timeout;
    }
}
