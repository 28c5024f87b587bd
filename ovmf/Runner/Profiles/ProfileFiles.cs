// What becomes of the samples of a run: FILE.json and FILE.svg.

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Traces;

namespace MinusOne.Ovmf.Runner.Profiles;

internal static class ProfileFiles
{
    public static string Json(string file) => $"{file}.json";

    public static string Svg(string file) => $"{file}.svg";

    // Answers what there is to say of it.
    public static string Write(string file, byte[] stream, IReadOnlyList<string> nameFiles)
    {
        try
        {
            TraceData data = TraceReader.Read(stream, file);
            SymbolNames names = SymbolNames.For(data, nameFiles);
            using var json = new MemoryStream();
            SpeedscopeFile.Write(json, data, names);
            FinishedFile.Write(Json(file), json.ToArray());
            using var picture = new StringWriter { NewLine = "\n" };
            FlamePicture.Write(picture, data, names);
            FinishedFile.Write(Svg(file), Encoding.UTF8.GetBytes(picture.ToString()));
            return data.Samples.Count == 0
                ? $"no sample: the guest ran too short for it; {Svg(file)} is empty, --profile-rate takes more a second"
                : $"{data.Samples.Count} samples: {Svg(file)} to look at, {Json(file)} for speedscope.app";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SetUpException)
        {
            return $"there is no profile: {error.Message.TrimEnd('.')}";
        }
    }
}
