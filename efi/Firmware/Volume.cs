// Files of the volume this program was loaded from, or of the server. UEFI specification 13.4-13.5. A file is read
// whole, in pieces, into pages that stay ours after the firmware has gone.

using System;

namespace MinusOne.Efi.Firmware;

internal static unsafe class Volume
{
    // Drivers of some firmwares fail at more.
    private const ulong MostPiece = 1 << 20;
    private const ulong EndOfFile = ulong.MaxValue;

    // NotFound is the ordinary "there is none"; everything else is trouble. `path` ends with a NUL. A loader from the
    // network may have a volume, too, with nothing on it but what it has loaded.
    public static EfiStatus Read(ReadOnlySpan<char> path, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        var image = (LoadedImage*)Services.ProtocolOf(Services.Image, Guid.LoadedImage);
        if (image == null)
        {
            return EfiStatus.NotFound;
        }

        EfiStatus status = ReadHere(image->DeviceHandle, path, out content, out length);
        if (status == EfiStatus.NotFound)
        {
            status = NetworkFiles.Read(image->DeviceHandle, path, out content, out length);
        }

        return status == EfiStatus.NotFound
            ? HttpFiles.Read(image->DeviceHandle, path, out content, out length)
            : status;
    }

    private static EfiStatus ReadHere(void* device, ReadOnlySpan<char> path, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        FileProtocol* root = OpenRoot(device);
        if (root == null)
        {
            return EfiStatus.NotFound;
        }

        FileProtocol* file = Open(root, path, FileProtocol.ModeRead, 0, out EfiStatus status);
        if (file != null)
        {
            status = ReadAll(file, out content, out length);
        }

        Close(file);
        Close(root);
        return status;
    }

    // As much of its beginning as there is room for, without taking memory. Says how much that was.
    public static int ReadStart(ReadOnlySpan<char> path, Span<byte> start)
    {
        FileProtocol* root = OpenRoot();
        FileProtocol* file = root == null ? null : Open(root, path, FileProtocol.ModeRead, 0, out _);
        ulong length = (ulong)start.Length;
        fixed (byte* buffer = start)
        {
            length = file != null && file->Read(file, &length, buffer) == EfiStatus.Success ? length : 0;
        }

        Close(file);
        Close(root);
        return (int)length;
    }

    // In the place of what is there, in our folder, which is made where it is not. NotFound: there is no volume.
    public static EfiStatus Write(ReadOnlySpan<char> path, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        const ulong Mode = FileProtocol.ModeRead | FileProtocol.ModeWrite;
        FileProtocol* root = OpenRoot();
        if (root == null)
        {
            return EfiStatus.NotFound;
        }

        FileProtocol* old = Open(root, path, Mode, 0, out _);
        if (old != null)
        {
            old->Delete(old);
        }

        Close(Open(root, "\\minusone\0", Mode | FileProtocol.ModeCreate, FileProtocol.Folder, out _));
        FileProtocol* file = Open(root, path, Mode | FileProtocol.ModeCreate, 0, out EfiStatus status);
        if (file != null)
        {
            status = WritePiece(file, first);
            status = status == EfiStatus.Success ? WritePiece(file, second) : status;
        }

        Close(file);
        Close(root);
        return status;
    }

    private static EfiStatus WritePiece(FileProtocol* file, ReadOnlySpan<byte> text)
    {
        ulong length = (ulong)text.Length;
        fixed (byte* start = text)
        {
            return length == 0 ? EfiStatus.Success : file->Write(file, &length, start);
        }
    }

    private static FileProtocol* Open(
        FileProtocol* root, ReadOnlySpan<char> path, ulong mode, ulong attributes, out EfiStatus status)
    {
        FileProtocol* file = null;
        fixed (char* name = path)
        {
            status = root->Open(root, &file, name, mode, attributes);
        }

        return status == EfiStatus.Success ? file : null;
    }

    private static void Close(FileProtocol* file)
    {
        if (file != null)
        {
            file->Close(file);
        }
    }

    // The root of the volume we come from.
    private static FileProtocol* OpenRoot()
    {
        var image = (LoadedImage*)Services.ProtocolOf(Services.Image, Guid.LoadedImage);
        return image == null ? null : OpenRoot(image->DeviceHandle);
    }

    private static FileProtocol* OpenRoot(void* device)
    {
        var system = (SimpleFileSystem*)Services.ProtocolOf(device, Guid.SimpleFileSystem);
        FileProtocol* root = null;
        return system != null && system->OpenVolume(system, &root) == EfiStatus.Success ? root : null;
    }

    private static EfiStatus ReadAll(FileProtocol* file, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        ulong size = 0;
        EfiStatus status = file->SetPosition(file, EndOfFile);
        if (status == EfiStatus.Success)
        {
            status = file->GetPosition(file, &size);
        }

        if (status == EfiStatus.Success)
        {
            status = file->SetPosition(file, 0);
        }

        if (status == EfiStatus.Success)
        {
            status = LoanedPages.Take((size / LoanedPages.PageSize) + 1, out content);
        }

        while (status == EfiStatus.Success && length < size)
        {
            ulong piece = Math.Min(size - length, MostPiece);
            status = file->Read(file, &piece, content + length);
            length += piece;
            status = status == EfiStatus.Success && piece == 0 ? EfiStatus.DeviceError : status;
        }

        return status;
    }
}
