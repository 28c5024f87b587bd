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
        return status == EfiStatus.NotFound
            ? NetworkFiles.Read(image->DeviceHandle, path, out content, out length)
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

        FileProtocol* file = null;
        EfiStatus status;
        fixed (char* name = path)
        {
            status = root->Open(root, &file, name, FileProtocol.ModeRead, 0);
        }

        if (status == EfiStatus.Success)
        {
            status = ReadAll(file, out content, out length);
            file->Close(file);
        }

        root->Close(root);
        return status;
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
